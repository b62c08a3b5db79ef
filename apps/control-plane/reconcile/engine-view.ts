import type { Engine, EngineDyno } from '@jangada/core';

/** Containers grouped by app, read fresh: callers that ask while a reading is under way share the next one. */
export interface EngineView {
  /** A list that was begun after this call. */
  containersOf(appId: string): Promise<ReadonlyMap<string, EngineDyno>>;
}

export function createEngineView(engine: Pick<Engine, 'list'>): EngineView {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<readonly EngineDyno[]> | null = null;

  const read = (): Promise<readonly EngineDyno[]> => {
    next ??= running.then(() => {
      next = null;
      const list = engine.list();
      running = list.catch(() => undefined);
      return list;
    });
    return next;
  };

  return {
    async containersOf(appId) {
      const all = await read();
      return new Map(all.filter((one) => one.appId === appId).map((one) => [one.dynoId, one]));
    },
  };
}
