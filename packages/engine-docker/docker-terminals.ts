import { setTimeout as sleep } from 'node:timers/promises';
import type { Terminal, TerminalSize } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { attachedStream } from './attached-stream.ts';
import { isDockerError } from './docker-api.ts';
import type { ExecInspect } from './docker-shapes.ts';
import type { StartedDyno } from './dyno-start.ts';
import type { Machine } from './machine.ts';
import { signalSession } from './process-session.ts';

/** Pace at which the engine is asked whether a process in a dyno has ended: it has no event with the code. */
const EXEC_PACE_MS = 20;

/** The terminal of a dyno that was started with one. Aborting the signal kills the dyno. */
export async function runTerminal(
  machine: Machine,
  { record, socket }: StartedDyno,
  tty: TerminalSize | null,
  signal?: AbortSignal,
): Promise<Terminal> {
  const { containerId } = record;
  const stream = attachedStream(socket!, tty === null);
  const kill = (): void => {
    void machine.api.call('POST', `/containers/${containerId}/kill?signal=KILL`).catch(() => undefined);
  };
  if (signal?.aborted) kill();
  signal?.addEventListener('abort', kill, { once: true });
  const exited = record.exited.then(({ code }) => {
    signal?.removeEventListener('abort', kill);
    return code ?? 137;
  });
  const resize = resizer(machine, `/containers/${containerId}/resize`, tty);
  if (tty) await resize(tty);
  return { stream, exited, resize };
}

/**
 * Another process in the dyno `containerId`. Aborting the signal kills it and what it has started; destroying the stream
 * hangs up (SIGHUP).
 */
export async function execTerminal(
  machine: Machine,
  containerId: string,
  command: readonly string[],
  tty: TerminalSize | null,
  signal?: AbortSignal,
): Promise<Terminal> {
  const body = { AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: tty !== null, Cmd: command };
  const path = `/containers/${containerId}/exec`;
  const exec = await machine.api.call<{ Id: string }>('POST', path, body, signal).catch((error) => {
    if (isDockerError(error, 404) || isDockerError(error, 409)) throw notRunning();
    throw error;
  });
  const socket = await machine.api.hijack(`/exec/${exec.Id}/start`, { Detach: false, Tty: tty !== null }, signal);
  const look = (): Promise<ExecInspect> => machine.api.call('GET', `/exec/${exec.Id}/json`);
  const send = async (name: 'SIGKILL' | 'SIGHUP'): Promise<void> => {
    for (;;) {
      const { Running: running, Pid: pid, ExitCode: code } = await look();
      if (running && pid > 0) return signalSession(pid, name);
      if (!running && code !== null) return;
      // The connection is there before the process is.
      await sleep(EXEC_PACE_MS);
    }
  };
  const kill = (): void => void send('SIGKILL').catch(() => undefined);
  if (signal?.aborted) kill();
  signal?.addEventListener('abort', kill, { once: true });
  const exited = execExit(look, new Promise((resolve) => socket.on('close', () => resolve()))).finally(() =>
    signal?.removeEventListener('abort', kill),
  );
  exited.catch(() => undefined);
  const resize = resizer(machine, `/exec/${exec.Id}/resize`, tty);
  const stream = attachedStream(socket, tty === null);
  stream.once('close', () => {
    // One that is killed is not told first: it would end as what it does at SIGHUP.
    if (!stream.readableEnded && !signal?.aborted) send('SIGHUP').catch(() => undefined);
  });
  if (tty) await resize(tty);
  return { stream, exited, resize };
}

/** The exit status of a process whose connection has closed, or that ended while its children keep the connection. */
async function execExit(look: () => Promise<ExecInspect>, closed: Promise<void>): Promise<number> {
  await Promise.race([closed, untilEnded(look, 500)]);
  return untilEnded(look, EXEC_PACE_MS);
}

async function untilEnded(look: () => Promise<ExecInspect>, paceMs: number): Promise<number> {
  for (;;) {
    const { Running: running, ExitCode: code } = await look();
    if (!running && code !== null) return code;
    await sleep(paceMs);
  }
}

function resizer(machine: Machine, path: string, tty: TerminalSize | null): Terminal['resize'] {
  return async ({ columns, rows }) => {
    if (tty === null) return;
    // A process that has just ended has no size any more.
    await machine.api.call('POST', `${path}?h=${rows}&w=${columns}`).catch(() => undefined);
  };
}

export function notRunning(): PlatformError {
  return new PlatformError('not_found', 'That dyno is not running. See "heroku ps" for those that are.', {
    resource: 'dyno',
  });
}
