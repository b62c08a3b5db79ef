import type { DynoFilter, EngineDyno } from '@jangada/core';
import { expect, test } from 'vitest';
import { createEngineView } from './engine-view.ts';

/** An engine whose lists end when the test says so. */
function slowEngine() {
  const asked: { readonly only: DynoFilter; readonly end: (dynos: readonly EngineDyno[] | Error) => void }[] = [];
  return {
    asked,
    appsAsked: () => asked.map(({ only }) => only.appId ?? 'all'),
    list(only: DynoFilter = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<readonly EngineDyno[]>();
      asked.push({ only, end: (dynos) => (dynos instanceof Error ? reject(dynos) : resolve(dynos)) });
      return promise;
    },
  };
}

const dyno = (appId: string, dynoId: string): EngineDyno => ({
  dynoId,
  appId,
  name: 'web.1',
  type: 'web',
  version: 1,
  state: 'running',
  address: '10.0.0.1',
  port: 5000,
  listening: true,
  exitCode: null,
  oomKilled: false,
  startedAt: null,
  exitedAt: null,
});

test('one app’s containers are asked for alone, and remembered until they are forgotten', async () => {
  const engine = slowEngine();
  const view = createEngineView(engine);
  expect(view.lastSeen('a')).toBeNull();
  const containers = view.containersOf('a');
  expect(engine.appsAsked()).toEqual(['a']);
  engine.asked[0]!.end([dyno('a', '1')]);
  expect([...(await containers).keys()]).toEqual(['1']);
  expect(view.lastSeen('a')?.get('1')?.appId).toBe('a');
  view.forget('a');
  expect(view.lastSeen('a')).toBeNull();
});

test('an app without containers was seen without', async () => {
  const engine = slowEngine();
  const view = createEngineView(engine);
  const containers = view.containersOf('a');
  engine.asked[0]!.end([]);
  expect((await containers).size).toBe(0);
  expect(view.lastSeen('a')?.size).toBe(0);
});

test('many apps at once share one list of all containers', async () => {
  const engine = slowEngine();
  const view = createEngineView(engine);
  const apps = Array.from({ length: 30 }, (_, index) => `app-${index}`);
  const all = apps.map((appId) => view.containersOf(appId));
  expect(engine.appsAsked()).toEqual(['app-0', 'app-1', 'app-2', 'app-3']);
  engine.asked[0]!.end([dyno('app-0', '0')]);
  await all[0];
  await expect.poll(() => engine.appsAsked()).toEqual(['app-0', 'app-1', 'app-2', 'app-3', 'all']);
  engine.asked[4]!.end([dyno('app-20', '20'), dyno('app-21', '21')]);
  expect([...(await all[20]!).keys()]).toEqual(['20']);
  expect([...(await all[21]!).keys()]).toEqual(['21']);
  expect((await all[22]!).size).toBe(0);
});

test('who asks while a list is under way gets one that began afterwards', async () => {
  const engine = slowEngine();
  const view = createEngineView(engine);
  const early = view.containersOf('a');
  const late = view.containersOf('a');
  expect(engine.appsAsked()).toEqual(['a', 'a']);
  engine.asked[1]!.end([dyno('a', 'new')]);
  engine.asked[0]!.end([]);
  expect([...(await late).keys()]).toEqual(['new']);
  expect((await early).size).toBe(0);
});

test('a list that fails fails for those who wait for it, and the next is asked anew', async () => {
  const engine = slowEngine();
  const view = createEngineView(engine);
  const containers = view.containersOf('a');
  engine.asked[0]!.end(new Error('away'));
  await expect(containers).rejects.toThrow('away');
  expect(view.lastSeen('a')).toBeNull();
  const again = view.containersOf('a');
  engine.asked[1]!.end([]);
  expect((await again).size).toBe(0);
});
