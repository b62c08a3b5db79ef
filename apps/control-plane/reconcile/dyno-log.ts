import { type Dyno, type LogLine, logTime, oneLine } from '@jangada/core';
import type { Context } from '../context.ts';

/** Lines that Heroku's dyno manager writes (behaviour 1.1, 3.2). */
export const dynoLines = {
  stateChanged: (from: string, to: string): string => `State changed from ${from} to ${to}`,
  starting: (command: string, port: number | null): string =>
    `Starting process with command \`${port === null ? command : command.replace(/\$\{PORT\}|\$PORT\b/g, String(port))}\``,
  cycling: 'Cycling',
  idling: 'Idling',
  unidling: 'Unidling',
  idleSigterm: 'Stopping process with SIGTERM',
  sigterm: 'Stopping all processes with SIGTERM',
  sigkill: 'Stopping process with SIGKILL',
  exited: (status: number): string => `Process exited with status ${status}`,
  bootTimeout: (seconds: number): string =>
    `Error R10 (Boot timeout) -> Web process failed to bind to $PORT within ${seconds} seconds of launch`,
  healthTimeout: (path: string, seconds: number): string =>
    `Error R10 (Boot timeout) -> Web process failed to answer GET ${path} with 2xx or 3xx within ${seconds} seconds of launch`,
  exitTimeout: (seconds: number): string =>
    `Error R12 (Exit timeout) -> Process failed to exit within ${seconds} seconds of SIGTERM`,
  detached:
    'Error R16 (Detached) -> An attached process is not responding to SIGHUP after its external connection was closed.',
  attachError: 'Error R13 (Attach error) -> Failed to attach to process',
  memoryKilled: 'Error R15 (Memory quota vastly exceeded)',
  platformError: (what: string): string => `Error R99 (Platform error) -> ${what}`,
} as const;

/** Appends lines of the dyno manager to the app's log. A log that cannot be written never stops a dyno. */
export async function logDyno(context: Context, dyno: Pick<Dyno, 'appId' | 'name'>, ...texts: string[]): Promise<void> {
  const at = logTime(context.clock.now().getTime());
  const { appId, name: ps } = dyno;
  const lines = texts.map((text): LogLine => ({ appId, at, source: 'heroku', ps, text: oneLine(text) }));
  await context.logs.append(lines).catch((error: unknown) => {
    context.report('log.append-failed', { appId: dyno.appId, error: String(error) });
  });
}
