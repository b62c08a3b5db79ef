import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Clock, Terminal } from '@jangada/core';

/** What the CLI looks for in the output to learn the exit status (cli-contract 3.7). */
const EXIT_MARKER = '\uFFFF heroku-command-exit-status: ';
/** End of input as the CLI sends it. */
const END_OF_INPUT = 0x04;
/** SIGHUPs after the client is gone, and the pause between them (behaviour 1.6). */
const HANGUPS = { count: 3, everyMs: 5_000 } as const;
/** Milliseconds without a byte in either direction after which the session is closed (behaviour 1.6). */
const IDLE_MS = 60 * 60 * 1000;
/** Bytes of input that are kept for a process which does not read: then its client waits. */
const MAX_UNREAD = 1024 * 1024;
/** A client that waits is listened to now and then, up to so many bytes: its end comes behind what it had sent. */
const LISTENING = { everyMs: 5_000, maxUnread: 16 * 1024 * 1024 } as const;

export interface AttachedProcess {
  readonly terminal: Terminal;
  /** False: there is no terminal to interpret the end-of-input byte, so it closes stdin. */
  readonly tty: boolean;
  /** Sends SIGHUP to every process of the dyno. */
  hangUp(): Promise<void>;
  /** Ends the process for good; called when it ignored every SIGHUP (R16). */
  detached(): Promise<void>;
}

/**
 * Carries bytes both ways (the client comes paused) until the process ends, then tells the client its exit status. A lost
 * client hangs the process up. Rejects when the process is lost.
 */
export async function bridgeTerminal(client: Duplex, attached: AttachedProcess, clock: Clock): Promise<void> {
  const { terminal } = attached;
  const ended = new AbortController();
  const marker = createMarkerSearch();
  let lastByteAt = clock.now().getTime();
  const noteByte = (): void => {
    lastByteAt = clock.now().getTime();
  };

  client.on('data', (chunk: Buffer) => {
    noteByte();
    // Input that nobody can read any more is dropped, so that the end of the client is still seen.
    if (!terminal.stream.writable) return;
    const closes = !attached.tty && chunk.at(-1) === END_OF_INPUT;
    terminal.stream.write(closes ? chunk.subarray(0, -1) : chunk);
    if (closes) terminal.stream.end();
    else if (terminal.stream.writableLength > MAX_UNREAD) wait();
  });
  const wait = (): void => {
    client.pause();
    if (terminal.stream.writableLength > LISTENING.maxUnread) return;
    clock.sleep(LISTENING.everyMs, ended.signal).then(
      () => client.resume(),
      () => undefined,
    );
  };
  terminal.stream.on('drain', () => client.resume());
  terminal.stream.on('close', () => client.resume());
  client.on('error', () => undefined);
  client.resume();
  terminal.stream.on('error', () => undefined);
  terminal.stream.on('data', (chunk: Buffer) => {
    noteByte();
    marker.see(chunk);
    if (client.destroyed || client.write(chunk)) return;
    terminal.stream.pause();
    client.once('drain', () => terminal.stream.resume());
  });
  const hangUpWhenGone = (): void => {
    client.off('close', hangUpWhenGone);
    terminal.stream.resume();
    void hangUp(attached, clock, ended.signal);
  };
  client.once('close', hangUpWhenGone);
  // It may have been lost while the dyno started: its `close` was told before anybody listened.
  if (client.destroyed) hangUpWhenGone();
  void silence(clock, () => lastByteAt, ended.signal).then((fell) => fell && client.destroy());

  // Also when the stream ended before anybody listened: a command may be over at once.
  const drained = finished(terminal.stream, { writable: false }).catch(() => undefined);
  let status: number;
  try {
    status = await terminal.exited;
    await drained;
  } finally {
    ended.abort();
    client.off('close', hangUpWhenGone);
  }
  if (client.destroyed) return;
  if (!marker.seen()) client.write(`${EXIT_MARKER}${status}\n`);
  client.end();
}

/** Resolves with true once no byte has come for `IDLE_MS`, with false when the session has ended before. */
async function silence(clock: Clock, lastByteAt: () => number, ended: AbortSignal): Promise<boolean> {
  while (!ended.aborted) {
    const left = lastByteAt() + IDLE_MS - clock.now().getTime();
    if (left <= 0) return true;
    await clock.sleep(left, ended).catch(() => undefined);
  }
  return false;
}

async function hangUp(attached: AttachedProcess, clock: Clock, ended: AbortSignal): Promise<void> {
  for (let sent = 0; sent < HANGUPS.count && !ended.aborted; sent++) {
    await attached.hangUp().catch(() => undefined);
    await clock.sleep(HANGUPS.everyMs, ended).catch(() => undefined);
  }
  if (!ended.aborted) await attached.detached().catch(() => undefined);
}

/** Whether the output held the marker already (`run --exit-code` makes the dyno's shell print it). */
function createMarkerSearch(): { see(chunk: Buffer): void; seen(): boolean } {
  const pattern = Buffer.from(EXIT_MARKER);
  let tail = Buffer.alloc(0);
  let found = false;
  return {
    see(chunk) {
      if (found) return;
      const text = Buffer.concat([tail, chunk]);
      const at = text.indexOf(pattern);
      found = at >= 0 && /\d/.test(String.fromCharCode(text[at + pattern.length] ?? 0));
      tail = text.subarray(Math.max(0, text.length - pattern.length - 1));
    },
    seen: () => found,
  };
}
