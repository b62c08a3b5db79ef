import { type LogFilter, type LogHub, type LogLine, logTime, overflowLine, type StoredLine } from '@jangada/core';

class AppLines {
  kept: StoredLine[] = [];
  lastId = 0;
  removals = 0;
  #waiting = new Set<() => void>();

  wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

/** A LogHub that forgets everything with the process. */
export function createMemoryLogHub({ keepLines = 1_500 } = {}): LogHub {
  const apps = new Map<string, AppLines>();
  const linesOf = (appId: string): AppLines => {
    const lines = apps.get(appId) ?? new AppLines();
    apps.set(appId, lines);
    return lines;
  };

  return {
    async append(lines) {
      for (const line of lines) {
        const app = linesOf(line.appId);
        app.lastId += 1;
        app.kept.push({ id: app.lastId, line });
        if (app.kept.length > keepLines) app.kept.shift();
        app.wake();
      }
    },

    async recent(appId, limit, filter = {}) {
      const most = Math.min(limit, 1_500);
      const chosen = linesOf(appId).kept.filter(({ line }) => matches(line, filter));
      return most === 0 ? [] : chosen.slice(-most);
    },

    async *tail(appId, after, filter, signal) {
      const app = linesOf(appId);
      const { removals } = app;
      let cursor = Math.max(Math.min(after, app.lastId), (app.kept[0]?.id ?? 1) - 1);
      while (!signal.aborted && app.removals === removals) {
        const oldest = app.kept[0]?.id ?? 0;
        if (cursor >= app.lastId) {
          await app.wait(signal);
        } else if (cursor + 1 < oldest) {
          yield { id: oldest - 1, line: overflow(appId, oldest - 1 - cursor) };
          cursor = oldest - 1;
        } else {
          const next = app.kept[cursor + 1 - oldest]!;
          cursor = next.id;
          if (matches(next.line, filter)) yield next;
        }
      }
    },

    async remove(appId) {
      const app = linesOf(appId);
      app.kept = [];
      app.removals += 1;
      app.wake();
    },
  };
}

function matches(line: LogLine, { source, ps }: LogFilter): boolean {
  const ofSource = source === undefined || line.source === source;
  return ofSource && (ps === undefined || line.ps === ps || line.ps.startsWith(`${ps}.`));
}

function overflow(appId: string, count: number): LogLine {
  const at = logTime(Date.now());
  return overflowLine({ code: 'L11', appId, count, at, since: at });
}
