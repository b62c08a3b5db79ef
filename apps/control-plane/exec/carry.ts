import type { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Terminal } from '@jangada/core';
import type { Connection, ServerChannel } from 'ssh2';
import { feed } from './feed.ts';

/** Milliseconds between the hang-up and SIGKILL of a process whose client is gone. */
const KILL_AFTER_MS = 5_000;

/** Milliseconds without a byte in either direction after which a channel is closed (as for one-off dynos, behaviour 1.6). */
const IDLE_MS = 60 * 60 * 1000;

/** What a process whose end nobody saw is said to have returned, as sshd does. */
const UNKNOWN_STATUS = 255;

/** The connection that a client's channels share. */
export interface Line {
  readonly client: Connection;
  readonly socket: Socket;
  /** Aborts with the connection. */
  readonly gone: AbortSignal;
}

/** Starts a process of the dyno; aborting the signal kills it. */
export type Open = (signal: AbortSignal) => Promise<Terminal>;

/**
 * Carries bytes both ways between a channel and a process of the dyno until the process ends; resolves with its exit status.
 * A channel that closes earlier, or a line that is `gone`, hangs the process up and soon kills it. Throws what `open`
 * throws.
 */
export async function carry(channel: ServerChannel, open: Open, line: Line): Promise<number> {
  const killed = new AbortController();
  const closed = closing(channel, line.gone);
  channel.on('error', () => undefined);
  const terminal = await open(killed.signal);
  const idle = setTimeout(() => channel.close(), IDLE_MS).unref();
  const refresh = (): void => void idle.refresh();
  channel.on('data', refresh);
  terminal.stream.on('data', refresh);
  terminal.stream.on('error', () => undefined);
  channel.pipe(terminal.stream);
  feed(channel, terminal.stream, line);

  const drained = finished(terminal.stream, { writable: false }).catch(() => undefined);
  const ended = Promise.all([terminal.exited.catch(() => UNKNOWN_STATUS), drained]);
  void closed.then(() => hangUp(terminal, killed, ended));
  const [status] = await ended;
  clearTimeout(idle);
  return status;
}

/** ssh2 tells `close` only once everything was read, which a process that reads nothing keeps from happening; it ends `stderr` at once. */
function closing(channel: ServerChannel, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    channel.once('close', resolve);
    channel.stderr.once('finish', resolve);
    if (gone.aborted) resolve();
    gone.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function hangUp(terminal: Terminal, killed: AbortController, ended: Promise<unknown>): Promise<void> {
  terminal.stream.destroy();
  await Promise.race([ended, delay(KILL_AFTER_MS)]);
  killed.abort();
}
