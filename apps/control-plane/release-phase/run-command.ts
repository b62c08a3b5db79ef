import { type Dyno, LineSplitter, type LogLine, logTime } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';
import { dynoLines, logDyno } from '../reconcile/dyno-log.ts';
import { dynoSpec } from '../reconcile/dyno-spec.ts';

/** Milliseconds that a command may take (behaviour 6). */
const TIME_LIMIT_MS = 60 * 60 * 1000;

/**
 * Runs a command of the platform's in its dyno; output goes to `show` and to the app's log. Resolves with the exit status.
 * Output that cannot be written is lost and reported, and never ends the command: it may be in the middle of a migration.
 * Throws `invalid_params` when it had to be stopped after an hour.
 */
export async function runCommand(
  context: Context,
  dyno: Dyno,
  show: (chunk: Buffer) => Promise<void>,
): Promise<number> {
  const limit = new AbortController();
  const ended = new AbortController();
  void context.clock.sleep(TIME_LIMIT_MS, ended.signal).then(
    () => limit.abort(),
    () => undefined,
  );
  try {
    const status = await runUntil(context, dyno, show, limit.signal);
    if (!limit.signal.aborted) return status;
  } catch (error) {
    if (!limit.signal.aborted) throw error;
  } finally {
    ended.abort();
  }
  throw new PlatformError(
    'invalid_params',
    'The command did not end within an hour and was stopped. Do long work in a dyno of its own: heroku run:detached.',
  );
}

async function runUntil(
  context: Context,
  dyno: Dyno,
  show: (chunk: Buffer) => Promise<void>,
  limit: AbortSignal,
): Promise<number> {
  await logDyno(context, dyno, dynoLines.stateChanged('created', 'starting'), dynoLines.starting(dyno.command, null));
  const terminal = await context.terminals.run(await dynoSpec(context, dyno, false), null, limit);
  terminal.stream.end();
  const now = context.clock.now();
  await context.store.rows.dynos.update(dyno.id, { state: 'up', startedAt: now, updatedAt: now });
  await logDyno(context, dyno, dynoLines.stateChanged('starting', 'up'));

  const texts: string[] = [];
  const lines = new LineSplitter((text) => texts.push(text));
  const lost = (error: unknown): void => {
    context.report('command.output-lost', { dynoId: dyno.id, error: String(error) });
  };
  const flush = (): Promise<void> => logOutput(context, dyno, texts.splice(0)).catch(lost);
  for await (const chunk of terminal.stream as AsyncIterable<Buffer>) {
    await show(chunk).catch(lost);
    lines.push(chunk);
    await flush();
  }
  lines.end();
  await flush();
  return terminal.exited;
}

async function logOutput(context: Context, dyno: Dyno, texts: readonly string[]): Promise<void> {
  if (texts.length === 0) return;
  const at = logTime(context.clock.now().getTime());
  await context.logs.append(
    texts.map((text): LogLine => ({ appId: dyno.appId, at, source: 'app', ps: dyno.name, text })),
  );
}
