import type { Engine, EngineDyno } from '@jangada/core';

/** Containers grouped by app, read fresh: callers that ask while a reading is under way share the next one. */
export interface EngineView {
  /** A list that was begun after this call. */
  containersOf(appId: string): Promise<ReadonlyMap<string, EngineDyno>>;
  /** As the last list that came told: no waiting, and it may be out of date. */
  lastSeen(appId: string): ReadonlyMap<string, EngineDyno>;
}

export function createEngineView(engine: Pick<Engine, 'list'>): EngineView {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<readonly EngineDyno[]> | null = null;
  let last: readonly EngineDyno[] = [];

  const read = (): Promise<readonly EngineDyno[]> => {
    next ??= running.then(() => {
      next = null;
      const list = engine.list();
      running = list.then(
        (dynos) => {
          last = dynos;
        },
        () => undefined,
      );
      return list;
    });
    return next;
  };

  const ofApp = (all: readonly EngineDyno[], appId: string): ReadonlyMap<string, EngineDyno> =>
    new Map(all.filter((one) => one.appId === appId).map((one) => [one.dynoId, one]));

  return {
    containersOf: async (appId) => ofApp(await read(), appId),
    lastSeen: (appId) => ofApp(last, appId),
  };
}
