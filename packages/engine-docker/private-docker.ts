import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Longest wait for a daemon that starts. */
const START_MS = 60_000;

/** A Docker Engine of a test's own, which may be killed: the machine's serves everybody. */
export interface PrivateDocker {
  readonly socketPath: string;
  /** Starts the daemon and waits until it answers. `liveRestore`: what runs goes on while no daemon does. */
  start(liveRestore: boolean): Promise<void>;
  /** Kills the daemon and its containerd. What runs in containers goes on, as processes. */
  kill(): Promise<void>;
  /** Kills everything, containers too, and forgets what is in memory of them: what a machine that lost its power has left. */
  losePower(): Promise<void>;
  /** Takes an image over from the machine's engine. */
  load(image: string): Promise<void>;
  remove(): Promise<void>;
}

export async function createPrivateDocker(): Promise<PrivateDocker> {
  const root = await mkdtemp(join(tmpdir(), 'jangada-dockerd-'));
  const at = (name: string): string => join(root, name);
  const socketPath = at('docker.sock');
  let daemon: ChildProcess | null = null;

  const answers = (): Promise<boolean> =>
    new Promise((resolve) => {
      const asked = request({ socketPath, path: '/_ping', timeout: 1_000 }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      });
      asked.on('error', () => resolve(false));
      asked.end();
    });

  const docker: PrivateDocker = {
    socketPath,

    async start(liveRestore) {
      // Where nobody waits for orphans, as in some containers, killed processes keep their ids, and these files look true.
      for (const file of ['docker.pid', 'exec/containerd/containerd.pid']) await rm(at(file), { force: true });
      const log = await open(at('dockerd.log'), 'a');
      // A network namespace of its own: two daemons in one take each other's bridges and firewall rules away.
      const places = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('docker.pid')];
      const options = ['--host', `unix://${socketPath}`, '--userland-proxy=false', `--live-restore=${liveRestore}`];
      daemon = spawn('unshare', ['--net', 'dockerd', ...places, ...options], { stdio: ['ignore', log.fd, log.fd] });
      await log.close();
      const deadline = performance.now() + START_MS;
      while (!(await answers()) && performance.now() < deadline) {
        if (daemon.exitCode !== null) break;
        await sleep(100);
      }
      if (!(await answers())) throw new Error(`dockerd does not answer:\n${await readFile(at('dockerd.log'), 'utf8')}`);
    },

    async kill() {
      if (daemon === null) return;
      const ended = once(daemon, 'exit');
      daemon.kill('SIGKILL');
      await ended;
      daemon = null;
      await killAll((argv) => argv[0]?.endsWith('containerd') === true && argv.some((word) => word.startsWith(root)));
    },

    async losePower() {
      await docker.kill();
      const shims = await processesOf((argv) => argv.some((word) => word.startsWith(at('exec'))));
      const inside = await Promise.all(shims.map((pid) => descendantsOf(pid)));
      for (const pid of [...shims, ...inside.flat()]) killNow(pid);
      const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
      for (const point of mounts.filter((one) => one.startsWith(`${root}/`)).reverse()) {
        await run('umount', ['-l', point]).catch(() => undefined);
      }
      await rm(at('exec'), { recursive: true, force: true });
    },

    async load(image) {
      const archive = at('image.tar');
      await run('docker', ['save', '--output', archive, image]);
      await run('docker', ['--host', `unix://${socketPath}`, 'load', '--quiet', '--input', archive]);
      await rm(archive);
    },

    async remove() {
      await docker.losePower();
      await rm(root, { recursive: true, force: true });
    },
  };
  return docker;
}

async function processesOf(match: (argv: readonly string[]) => boolean): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const argv = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (match(argv)) found.push(Number(name));
  }
  return found;
}

async function descendantsOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = text.trim().split(' ').filter(Boolean).map(Number);
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()];
}

async function killAll(match: (argv: readonly string[]) => boolean): Promise<void> {
  const pids = await processesOf(match);
  for (const pid of pids) killNow(pid);
  for (const pid of pids) while (await isThere(pid)) await sleep(20);
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** A process that nobody has waited for yet has no command any more. */
async function isThere(pid: number): Promise<boolean> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== '';
}
