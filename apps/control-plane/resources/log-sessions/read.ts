import type { Clock, LogFilter, LogHub, StoredLine } from '@jangada/core';
import { formatLogLine } from '@jangada/core';
import type { LogSessionGrant } from './grant.ts';

/**
 * The lines of a session: the newest ones, and with `tail` those to come. A reader that comes back with the id of the
 * last line it saw gets what followed it instead, each line once.
 */
export async function* readSession(
  logs: LogHub,
  grant: LogSessionGrant,
  lastSeen: number | null,
  gone: AbortSignal,
): AsyncGenerator<StoredLine> {
  const filter: LogFilter = {
    ...(grant.source === null ? {} : { source: grant.source }),
    ...(grant.ps === null ? {} : { ps: grant.ps }),
  };
  if (grant.tail && lastSeen !== null) {
    yield* logs.tail(grant.appId, lastSeen, filter, gone);
    return;
  }
  const recent = grant.lines === 0 ? [] : await logs.recent(grant.appId, grant.lines, filter);
  for (const line of recent) if (line.id > (lastSeen ?? -1)) yield line;
  if (!grant.tail) return;
  const after = recent.at(-1)?.id ?? (await newestId(logs, grant.appId));
  yield* logs.tail(grant.appId, after, filter, gone);
}

async function newestId(logs: LogHub, appId: string): Promise<number> {
  return (await logs.recent(appId, 1)).at(-1)?.id ?? 0;
}

/** Milliseconds between the comments of a quiet stream. */
const HEARTBEAT_MS = 25_000;

/**
 * Lines as Server-Sent Events, as the CLI reads them; a comment now and then keeps the connection from looking dead.
 * `retryMs` is how long the client waits before it comes back after the end.
 */
export async function* asEvents(
  lines: AsyncIterator<StoredLine>,
  clock: Pick<Clock, 'sleep'>,
  retryMs: number,
): AsyncGenerator<string> {
  yield `retry: ${retryMs}\n\n`;
  let next = lines.next();
  try {
    for (;;) {
      const timer = new AbortController();
      const beat = clock.sleep(HEARTBEAT_MS, timer.signal).catch(() => undefined);
      const result = await Promise.race([next, beat]);
      timer.abort();
      if (!result) {
        yield ': still here\n\n';
        continue;
      }
      if (result.done) return;
      yield `id: ${result.value.id}\n${asData(formatLogLine(result.value.line))}\n`;
      next = lines.next();
    }
  } finally {
    // A read that is under way ends when the client's signal aborts; nobody waits for it.
    void lines.return?.();
  }
}

/** A carriage return ends a field as a line feed does: what an app prints behind one must not become a field of its own. */
function asData(text: string): string {
  const pieces = text.split(/\r\n?|\n/);
  return pieces.map((piece) => `data: ${piece}\n`).join('');
}

/** Lines as plain text, for curl and older clients. */
export async function* asText(lines: AsyncIterable<StoredLine>): AsyncGenerator<string> {
  for await (const { line } of lines) yield `${formatLogLine(line)}\n`;
}
