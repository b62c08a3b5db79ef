import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { NO_FAILURE, nextBackoff } from './backoff.ts';
import type { ChildSpec, ChildState, ChildStatus, Probe } from './child-spec.ts';
import { logPath, readFrom, sizeOf } from './log-file.ts';
import { identify, isAlive, type PidRecord, readPidFile, removePidFile, writePidFile } from './pid-file.ts';

export interface ChildFolders {
  readonly logs: string;
  readonly pids: string;
}

/** Tells the supervisor's own log what happened. */
export type Note = (event: string, detail: Readonly<Record<string, unknown>>) => void;

/** Milliseconds between looks at a log that is waited on, and at a process that is not our own child. */
const READY_POLL_MS = 20;
const ADOPTED_POLL_MS = 500;

/**
 * Keeps one process of the platform running. Children are started in sessions of their own and write to files, so they
 * live on when the supervisor is killed; the next supervisor finds them by their pid files and keeps those that answer.
 */
export class SupervisedChild {
  readonly spec: ChildSpec;
  readonly #folders: ChildFolders;
  readonly #note: Note;
  readonly #fingerprint: string;
  readonly #stopping = new AbortController();
  #handsOver = false;
  #restart = new AbortController();
  #state: ChildState = 'starting';
  #record: PidRecord | null = null;
  #starts = 0;
  #lastEnd: string | null = null;
  #loop: Promise<void> | null = null;

  constructor(spec: ChildSpec, folders: ChildFolders, note: Note) {
    this.spec = spec;
    this.#folders = folders;
    this.#note = note;
    const { argv, env, user } = spec;
    this.#fingerprint = createHash('sha256')
      .update(JSON.stringify([argv, Object.entries(env).sort(), user]))
      .digest('hex');
  }

  get log(): string {
    return logPath(this.#folders.logs, this.spec.name);
  }

  get #pidFile(): string {
    return `${this.#folders.pids}/${this.spec.name}.pid`;
  }

  status(): ChildStatus {
    return {
      name: this.spec.name,
      state: this.#state,
      pid: this.#record?.pid ?? null,
      startedAt: this.#record?.startedAt ?? null,
      restarts: Math.max(0, this.#starts - 1),
      lastEnd: this.#lastEnd,
      log: this.log,
    };
  }

  /** Adopts or starts the process and keeps it running until `stop`. Resolves once it is ready for the first time, or was stopped. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#loop = this.#run(resolve).finally(resolve);
    });
  }

  /** Ends the process and the watch over it; `handOver`: another supervisor follows at once. */
  async stop({ handOver = false } = {}): Promise<void> {
    this.#handsOver = handOver;
    this.#stopping.abort();
    await this.#loop;
  }

  /** Ends the process; the watch starts it again at once. */
  restart(): void {
    this.#restart.abort();
  }

  async #run(ready: () => void): Promise<void> {
    let backoff = NO_FAILURE;
    let adopted = await this.#adopt();
    while (!this.#stopping.signal.aborted) {
      const begun = Date.now();
      this.#restart = new AbortController();
      const wanted = AbortSignal.any([this.#stopping.signal, this.#restart.signal]);
      try {
        await (adopted ? this.#watchAdopted(adopted, ready, wanted) : this.#watchOwn(ready, wanted));
      } catch (error) {
        this.#lastEnd = error instanceof Error ? error.message : String(error);
      }
      adopted = null;
      this.#record = null;
      // One that stays names a process that is gone, which is noticed by whoever reads it.
      await removePidFile(this.#pidFile).catch(() => {});
      if (this.#stopping.signal.aborted) break;
      if (this.#restart.signal.aborted) continue;
      backoff = nextBackoff(backoff, Date.now() - begun);
      this.#state = 'waiting';
      this.#note('child_ended', { child: this.spec.name, end: this.#lastEnd, retryInMs: backoff.delayMs });
      const awake = AbortSignal.any([this.#stopping.signal, this.#restart.signal]);
      await delay(backoff.delayMs, undefined, { signal: awake }).catch(() => {});
    }
    this.#state = 'stopped';
  }

  /** The process of an earlier supervisor when it is the one we would start and answers; one that is not is ended. */
  async #adopt(): Promise<PidRecord | null> {
    const record = await readPidFile(this.#pidFile);
    if (!record) return null;
    if (record.fingerprint === this.#fingerprint && (await answers(this.spec.probe))) return record;
    this.#note('child_replaced', { child: this.spec.name, pid: record.pid });
    await this.#end(record, async () => isAlive(record), this.spec.stop.handOver);
    return null;
  }

  async #watchAdopted(record: PidRecord, ready: () => void, wanted: AbortSignal): Promise<void> {
    this.#record = record;
    this.#starts++;
    this.#state = 'ready';
    this.#note('child_adopted', { child: this.spec.name, pid: record.pid });
    ready();
    while (await isAlive(record)) {
      if (wanted.aborted) await this.#end(record, () => isAlive(record), this.#lastSignal());
      else await delay(ADOPTED_POLL_MS, undefined, { signal: wanted }).catch(() => {});
    }
    this.#lastEnd = 'ended';
  }

  async #watchOwn(ready: () => void, wanted: AbortSignal): Promise<void> {
    this.#state = 'starting';
    this.#starts++;
    const offset = await sizeOf(this.log);
    let over = false;
    const { child, ended } = await this.#spawn(() => {
      over = true;
    });
    const stopped = new Promise<void>((resolve) => {
      if (wanted.aborted) resolve();
      else wanted.addEventListener('abort', () => resolve(), { once: true });
    });
    const isOver = (): boolean => over || wanted.aborted;
    let isReady = false;
    try {
      await this.#remember(child);
      isReady = await this.#awaitReady(offset, isOver);
      if (isReady) {
        this.#state = 'ready';
        this.#note('child_ready', { child: this.spec.name, pid: child.pid });
        ready();
        await Promise.race([ended, stopped]);
      }
    } finally {
      // Also when something above has thrown: the next one is started only after this one has ended.
      if (!over && child.pid !== undefined) await this.#end({ pid: child.pid }, async () => !over, this.#lastSignal());
      await ended;
    }
    if (!isReady && !wanted.aborted) {
      this.#note('child_not_ready', { child: this.spec.name, end: this.#lastEnd, log: this.log });
    }
  }

  /** Leaves a pid file for the next supervisor. Throws when it cannot be written: nobody would find this process again. */
  async #remember({ pid }: ChildProcess): Promise<void> {
    const identity = pid === undefined ? null : await identify(pid);
    if (!identity) return;
    this.#record = { ...identity, fingerprint: this.#fingerprint, startedAt: new Date().toISOString() };
    await writePidFile(this.#pidFile, this.#record);
  }

  /** `onEnd` is called at once when the process ends, or could not be started; `ended` resolves after that. */
  async #spawn(onEnd: () => void): Promise<{ child: ChildProcess; ended: Promise<void> }> {
    const { argv, env, user } = this.spec;
    const [program, ...args] = argv;
    const log = await open(this.log, 'a', 0o640);
    try {
      const child = spawn(program, args, {
        env: { ...env },
        cwd: '/',
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
        ...(user ?? {}),
      });
      const ended = new Promise<string>((resolve) => {
        child.once('exit', (code, signal) => resolve(signal === null ? `exit status ${code}` : `signal ${signal}`));
        child.once('error', (error) => resolve(error.message));
      }).then((end) => {
        this.#lastEnd = end;
        onEnd();
      });
      return { child, ended };
    } finally {
      await log.close();
    }
  }

  async #awaitReady(offset: number, isOver: () => boolean): Promise<boolean> {
    const until = Date.now() + this.spec.readyWithin;
    let at = offset;
    let seen = '';
    while (!isOver() && Date.now() < until) {
      const { text, next } = await readFrom(this.log, at);
      at = next;
      seen += text;
      if (seen.includes(this.spec.readyText)) return true;
      seen = seen.slice(-this.spec.readyText.length);
      await delay(READY_POLL_MS);
    }
    return false;
  }

  /** What a process is asked with that has to end now: one that does not become ready ends with all that it has begun. */
  #lastSignal(): NodeJS.Signals {
    const follows = this.#stopping.signal.aborted ? this.#handsOver : this.#restart.signal.aborted;
    return follows ? this.spec.stop.handOver : this.spec.stop.signal;
  }

  /** Asks, waits, kills. */
  async #end(identity: { readonly pid: number }, alive: () => Promise<boolean>, signal: NodeJS.Signals): Promise<void> {
    signalTo(identity.pid, signal);
    const until = Date.now() + this.spec.stop.within;
    while (await alive()) {
      if (Date.now() > until) {
        this.#note('child_killed', { child: this.spec.name, pid: identity.pid });
        signalTo(identity.pid, 'SIGKILL');
      }
      await delay(READY_POLL_MS);
    }
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

/** Whether something accepts a connection within a second. */
async function answers(probe: Probe): Promise<boolean> {
  const target = probe.kind === 'socket' ? { path: probe.path } : { host: probe.host, port: probe.port };
  return new Promise((resolve) => {
    const socket = createConnection({ ...target, timeout: 1_000 });
    const settle = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false));
  });
}
