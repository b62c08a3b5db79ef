import type { Engine, EngineDyno } from '@jangada/core';

/** Lists under way at a time. When more apps than this wait for theirs, one list of all containers serves them together. */
const MOST_AT_ONCE = 4;

/** By dyno id. */
export type Containers = ReadonlyMap<string, EngineDyno>;

/** The containers of each app, read fresh: of one app alone as long as few ask, because all of them cost by their number. */
export interface EngineView {
  /** Out of a list that was begun after this call. */
  containersOf(appId: string): Promise<Containers>;
  /** As the app's last list told, so no waiting, and it may be out of date; null when nothing is known. */
  lastSeen(appId: string): Containers | null;
  /** What was seen of the app is not so any more. */
  forget(appId: string): void;
}

export function createEngineView(engine: Pick<Engine, 'list'>): EngineView {
  const seen = new Map<string, Containers>();
  const waiting = new Map<string, PromiseWithResolvers<Containers>>();
  let underWay = 0;

  const read = async (readers: readonly (readonly [string, PromiseWithResolvers<Containers>])[]): Promise<void> => {
    try {
      const all = await engine.list(readers.length === 1 ? { appId: readers[0]![0] } : {});
      const byApp = Map.groupBy(all, (one) => one.appId);
      for (const [appId, { resolve }] of readers) {
        const containers = new Map((byApp.get(appId) ?? []).map((one) => [one.dynoId, one]));
        seen.set(appId, containers);
        resolve(containers);
      }
    } catch (error) {
      for (const [, { reject }] of readers) reject(error);
    }
  };

  const goOn = (): void => {
    while (waiting.size > 0 && underWay < MOST_AT_ONCE) {
      const readers = waiting.size > MOST_AT_ONCE ? [...waiting] : [...waiting].slice(0, 1);
      for (const [appId] of readers) waiting.delete(appId);
      underWay += 1;
      void read(readers).then(() => {
        underWay -= 1;
        goOn();
      });
    }
  };

  return {
    containersOf(appId) {
      const reader = waiting.get(appId) ?? Promise.withResolvers<Containers>();
      waiting.set(appId, reader);
      goOn();
      return reader.promise;
    },
    lastSeen: (appId) => seen.get(appId) ?? null,
    forget: (appId) => void seen.delete(appId),
  };
}
