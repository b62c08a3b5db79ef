import { execFile, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PlatformError } from '@jangada/platform-api';
import { FILES, type pathsIn } from '../plan/files.ts';
import { AdminSocket, HaproxyGone } from './admin-socket.ts';

/** How long a new HAProxy may take until it answers: a machine may start everything at once after a power cut. The router itself has a minute. */
const START_MS = 45_000;

/** A HAProxy that answers on its admin socket. */
export interface RunningHaproxy {
  readonly pid: number;
  /** Of the plan that it follows. */
  readonly fingerprint: string;
}

/** Starts, reloads, finds again and stops the HAProxy of one folder. It runs detached: it outlives the process that started it. */
export class HaproxyProcess {
  readonly #folder: string;
  readonly #paths: ReturnType<typeof pathsIn>;
  readonly #admin: AdminSocket;
  readonly #executable: string;

  constructor(folder: string, paths: ReturnType<typeof pathsIn>, executable: string) {
    this.#folder = folder;
    this.#paths = paths;
    this.#admin = new AdminSocket(paths.adminSocket);
    this.#executable = executable;
  }

  /** The HAProxy that serves this folder now, or null. */
  async running(): Promise<RunningHaproxy | null> {
    try {
      const info = await this.#admin.ask('show info');
      return {
        pid: Number(/^Pid: (\d+)$/m.exec(info)?.[1]),
        fingerprint: /^description: (.*)$/im.exec(info)?.[1] ?? '',
      };
    } catch (error) {
      if (error instanceof HaproxyGone) return null;
      throw error;
    }
  }

  /**
   * Starts with the configuration on disk and resolves with the new process once it answers. `previous` hands over its
   * listeners, takes no new connections and ends when its requests are done. Throws `engine_unavailable`, with what HAProxy
   * said, when it does not come up; `previous` then goes on.
   */
  async start(fingerprint: string, previous: RunningHaproxy | null): Promise<RunningHaproxy> {
    const output = await open(this.#paths.output, 'w');
    const handover = previous ? ['-x', FILES.adminSocket, '-sf', String(previous.pid)] : [];
    // Quiet: HAProxy would write a line for every server that comes and goes. Buffers that are free stay in pools of its own
    // (`-dMglobal`): given back to the allocator with every request they cost a tenth of it (decision 0045).
    const child = spawn(this.#executable, ['-db', '-q', '-dMglobal', '-f', FILES.config, ...handover], {
      cwd: this.#folder,
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    });
    let end: string | null = null;
    child.once('exit', (code, signal) => {
      end = `ended with ${signal ?? `status ${code}`}`;
    });
    child.once('error', (error) => {
      end = `could not be run (${error.message})`;
    });
    child.unref();
    await output.close();
    const deadline = Date.now() + START_MS;
    while (end === null && Date.now() < deadline) {
      const running = await this.running();
      if (running?.fingerprint === fingerprint && running.pid === child.pid) return running;
      await delay(5);
    }
    child.kill('SIGKILL');
    throw new PlatformError('engine_unavailable', `HAProxy does not start: ${await this.#complaint(end)}`);
  }

  /** Lets requests finish for `graceMs`, then ends it. */
  async stop(graceMs: number): Promise<void> {
    const running = await this.running();
    if (!running) return;
    signalTo(running.pid, 'SIGUSR1');
    if (await goneWithin(running.pid, graceMs)) return;
    signalTo(running.pid, 'SIGTERM');
    if (await goneWithin(running.pid, 2_000)) return;
    signalTo(running.pid, 'SIGKILL');
    await goneWithin(running.pid, 2_000);
  }

  /** Resolves when the HAProxy that answers now does not any more. */
  watch(signal: AbortSignal): Promise<void> {
    return this.#admin.watch(signal);
  }

  /** What HAProxy says about its configuration; when that is well, how its process went. */
  async #complaint(end: string | null): Promise<string> {
    try {
      await promisify(execFile)(this.#executable, ['-c', '-f', FILES.config], { cwd: this.#folder });
      return `its configuration is valid, but it ${end ?? `did not answer within ${START_MS / 1000} seconds`}.`;
    } catch (error) {
      const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
      const alerts = text.split('\n').filter((line) => line.includes('[ALERT]'));
      return alerts.join(' ') || text;
    }
  }
}

function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function goneWithin(pid: number, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (signalTo(pid, 0)) {
    if (await isZombie(pid)) return true;
    if (Date.now() > deadline) return false;
    await delay(10);
  }
  return true;
}

async function isZombie(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /\) Z /.test(status);
}

/** Major and minor version. Throws `engine_unavailable` when HAProxy is not installed or older than 2.6. */
export async function haproxyVersion(executable: string): Promise<readonly [number, number]> {
  const { stdout } = await promisify(execFile)(executable, ['-v']).catch((cause: unknown) => {
    throw new PlatformError('engine_unavailable', 'HAProxy is not installed. Install the package "haproxy".', {
      cause,
    });
  });
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(stdout) ?? [];
  const version = [Number(major), Number(minor)] as const;
  if (!(version[0] > 2 || (version[0] === 2 && version[1] >= 6))) {
    throw new PlatformError('engine_unavailable', `HAProxy 2.6 or newer is needed; this is ${stdout.split('\n')[0]}.`);
  }
  return version;
}
