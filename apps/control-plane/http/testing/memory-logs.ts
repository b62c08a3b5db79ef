import type { LogFilter, LogHub, LogLine, OutputStreams, StoredLine } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** Log lines in memory, enough to look at what was written and to serve sessions. */
export interface MemoryLogs extends LogHub {
  /** Texts of an app so far. */
  texts(appId: string): readonly string[];
}

export function createMemoryLogs(): MemoryLogs {
  const stored: StoredLine[] = [];
  let arrived = Promise.withResolvers<void>();
  const matching = (appId: string, after: number, filter: LogFilter): StoredLine[] =>
    stored.filter(({ id, line }) => {
      const ofDyno = !filter.ps || line.ps === filter.ps || line.ps.startsWith(`${filter.ps}.`);
      return line.appId === appId && id > after && (!filter.source || line.source === filter.source) && ofDyno;
    });
  return {
    texts: (appId) => matching(appId, 0, {}).map(({ line }) => line.text),
    async append(lines: readonly LogLine[]) {
      for (const line of lines) stored.push({ id: stored.length + 1, line });
      arrived.resolve();
      arrived = Promise.withResolvers<void>();
    },
    recent: async (appId, limit, filter = {}) => matching(appId, 0, filter).slice(-limit),
    async *tail(appId, after, filter, signal) {
      const gone = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      for (let last = after; !signal.aborted; ) {
        const next = matching(appId, last, filter);
        if (next.length === 0) await Promise.race([arrived.promise, gone]);
        for (const line of next) {
          yield line;
          last = line.id;
        }
      }
    },
    async remove() {},
  };
}

/** Output streams that are finished as soon as they are written. */
export function createMemoryOutputs(): OutputStreams {
  const streams = new Map<string, Uint8Array[]>();
  return {
    async append(id, chunk) {
      streams.set(id, [...(streams.get(id) ?? []), chunk]);
    },
    async finish(id) {
      streams.set(id, streams.get(id) ?? []);
    },
    async *read(id) {
      const chunks = streams.get(id);
      if (!chunks) throw new PlatformError('not_found', 'There is no such output.');
      yield* chunks;
    },
    async remove(id) {
      streams.delete(id);
    },
  };
}
