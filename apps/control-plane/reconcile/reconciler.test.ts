import { setTimeout as delay } from 'node:timers/promises';
import { SAMPLE_ROWS } from '@jangada/conformance';
import { type Dyno, type EngineDyno, type LogLine, logTime, type Release } from '@jangada/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTraffic, type Traffic } from '../sleep/traffic.ts';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { createReconciler, type Reconciler } from './reconciler.ts';

const { id: appId } = SAMPLE_ROWS.apps;
let context: TestContext;
let reconciler: Reconciler;
let forgotten: string[];
let releases = 0;
let healthy: boolean;
let traffic: Traffic;

beforeEach(async () => {
  context = createTestContext();
  traffic = createTraffic(context.clock);
  forgotten = [];
  releases = 0;
  healthy = false;
  reconciler = createReconciler(context, {
    traffic,
    runReleaseCommands: async () => undefined,
    appRemoved: async (id) => void forgotten.push(id),
    probe: async () => healthy,
  });
  await context.store.transaction(async (tx) => {
    await tx.accounts.insert(SAMPLE_ROWS.accounts);
    await tx.apps.insert({ ...SAMPLE_ROWS.apps, maintenance: false });
    await tx.domains.insert({ ...SAMPLE_ROWS.domains, hostname: 'calm-tide.localhost' });
    await tx.slugs.insert({ ...SAMPLE_ROWS.slugs, images: null, processTypes: { web: 'serve', worker: 'work' } });
    await tx.formations.insert({ ...SAMPLE_ROWS.formations, type: 'web', quantity: 1, size: 'Basic' });
  });
});

afterEach(() => reconciler.close());

/** As after a start of the control plane: what was in memory is gone. */
function startAnew(): void {
  traffic = createTraffic(context.clock);
  reconciler = createReconciler(context, {
    traffic,
    runReleaseCommands: async () => undefined,
    appRemoved: async () => undefined,
  });
}

async function release(configVars = SAMPLE_ROWS.releases.configVars): Promise<Release> {
  releases += 1;
  const row: Release = {
    ...SAMPLE_ROWS.releases,
    id: context.ids.uuid(),
    version: releases,
    status: 'succeeded',
    configVars,
    slugId: SAMPLE_ROWS.slugs.id,
  };
  await context.store.rows.releases.insert(row);
  return row;
}

/** Pokes and lets everything that is ready happen. The clock stands still; the in-memory engine needs a real millisecond. */
async function settle(): Promise<void> {
  reconciler.poke(appId);
  for (let turn = 0; turn < 8; turn++) {
    await context.clock.advance(0);
    await delay(1);
  }
}

const dynos = (): Promise<readonly Dyno[]> => context.store.rows.dynos.list({ appId }, { orderBy: 'createdAt' });
const brief = async (): Promise<string[]> =>
  (await dynos()).map((dyno) => `${dyno.name} v${dyno.version} ${dyno.state}`);
const targets = (): string[] =>
  (context.routes.routes.get(appId)?.dynos ?? []).map((dyno) => `${dyno.name} ${dyno.state}`);

async function listen(version: number): Promise<void> {
  const dyno = (await dynos()).find((one) => one.version === version && one.type === 'web');
  context.engine.processOf(dyno!.id).listen();
  await settle();
}

describe('an app without a release', () => {
  test('has no dynos, and its route says that it is blank', async () => {
    await settle();
    expect(await dynos()).toEqual([]);
    expect(context.routes.routes.get(appId)).toMatchObject({ state: 'blank', hosts: ['calm-tide.localhost'] });
  });
});

describe('a first release', () => {
  test('starts the dynos of the formation, and routes to them once they listen', async () => {
    await release();
    await settle();
    expect(await brief()).toEqual(['web.1 v1 starting']);
    expect(context.routes.routes.get(appId)?.state).toBe('starting');
    await listen(1);
    expect(await brief()).toEqual(['web.1 v1 up']);
    expect(context.routes.routes.get(appId)).toMatchObject({
      state: 'serving',
      dynos: [{ name: 'web.1', state: 'up' }],
    });
    expect(context.logOf(appId)).toEqual([
      'heroku[web.1]: State changed from created to starting',
      'heroku[web.1]: Starting process with command `serve`',
      'heroku[web.1]: State changed from starting to up',
    ]);
  });

  test('gives the dyno its environment', async () => {
    await release();
    await settle();
    const [dyno] = await dynos();
    const { env, port, slug } = context.engine.specOf(dyno!.id);
    expect(env).toMatchObject({ DYNO: 'web.1', PORT: String(port), HOME: '/app', ...SAMPLE_ROWS.releases.configVars });
    expect(slug).toBe(SAMPLE_ROWS.slugs.digest);
  });
});

describe('the next release', () => {
  beforeEach(async () => {
    await release();
    await settle();
    await listen(1);
    await release();
    await settle();
  });

  test('boots beside the one that serves', async () => {
    expect(await brief()).toEqual(['web.1 v1 up', 'web.1 v2 starting']);
    expect(targets()).toEqual(['web.1 up']);
  });

  test('takes over when it listens; the old dyno finishes its requests before it is stopped', async () => {
    const old = (await dynos())[0]!;
    const finish = context.routes.beginSlowRequest('calm-tide.localhost');
    await listen(2);
    expect(targets()).toEqual(['web.1 draining', 'web.1 up']);
    expect(context.engine.processOf(old.id).exitCode).toBeNull();
    finish();
    await context.clock.advance(1_000);
    expect(await brief()).toEqual(['web.1 v2 up']);
    expect(targets()).toEqual(['web.1 up']);
    expect(context.logOf(appId).slice(-3)).toEqual([
      'heroku[web.1]: Stopping all processes with SIGTERM',
      'heroku[web.1]: Process exited with status 143',
      'app[api]: Release v2 took over: 0 requests served, 0 failed while web dynos were replaced',
    ]);
  });

  test('tells how many requests were served and failed meanwhile', async () => {
    const line = (text: string): LogLine => ({ appId, at: logTime(0), source: 'heroku', ps: 'router', text });
    const served = Array.from({ length: 1_204 }, () => line('at=info method=GET status=200 bytes=2'));
    traffic.take([...served, line('at=error code=H13 desc="x" method=GET status=503 bytes=0 protocol=http')]);
    await listen(2);
    await context.clock.advance(1_000);
    traffic.take(served);
    expect(context.logOf(appId).filter((text) => text.includes('took over'))).toEqual([
      'app[api]: Release v2 took over: 1,204 requests served, 1 failed while web dynos were replaced',
    ]);
  });

  test('tells it also when the old dyno ended before the new one was up', async () => {
    await context.store.rows.dynos.update((await dynos())[0]!.id, { stopping: 'stopped' });
    await settle();
    await context.clock.advance(1_000);
    expect(await brief()).toEqual(['web.1 v2 starting']);
    await listen(2);
    expect(context.logOf(appId).filter((text) => text.includes('took over'))).toHaveLength(1);
  });

  test('that does not bind its port in time is R10, and the old one goes on serving', async () => {
    await context.clock.advance(60_000);
    await settle();
    expect((await brief())[0]).toBe('web.1 v1 up');
    expect(targets()).toEqual(['web.1 up']);
    expect(context.logOf(appId)).toContain(
      'heroku[web.1]: Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch',
    );
  });
});

describe('a crash', () => {
  test('restarts at once the first time and after ten minutes the second', async () => {
    await release();
    await settle();
    await listen(1);
    for (const expected of ['web.1 v1 starting', 'web.1 v1 crashed']) {
      const [dyno] = await dynos();
      context.engine.processOf(dyno!.id).exit(1);
      await settle();
      expect(await brief()).toEqual([expected]);
    }
    expect(context.routes.routes.get(appId)?.state).toBe('crashed');
    await context.clock.advance(10 * 60_000);
    await settle();
    expect(await brief()).toEqual(['web.1 v1 starting']);
    expect(context.logOf(appId)).toContain('heroku[web.1]: Process exited with status 1');
  });

  test('of the engine loses nothing: what should run runs when it is back', async () => {
    await release();
    context.engine.setAvailable(false);
    await settle();
    context.engine.setAvailable(true);
    await context.clock.advance(30_000);
    await settle();
    expect(await brief()).toEqual(['web.1 v1 starting']);
  });
});

test('scaling down stops the highest numbers and scaling up adds them', async () => {
  await release();
  const formation = (await context.store.rows.formations.find({ appId, type: 'web' }))!;
  await context.store.rows.formations.update(formation.id, { quantity: 3 });
  await settle();
  expect(await brief()).toEqual(['web.1 v1 starting', 'web.2 v1 starting', 'web.3 v1 starting']);
  await context.store.rows.formations.update(formation.id, { quantity: 1 });
  await settle();
  expect(await brief()).toEqual(['web.1 v1 starting']);
  expect((await context.engine.list()).map((one) => one.name)).toEqual(['web.1']);
});

test('a dyno that ignores SIGTERM is R12 at the exit time-out, and killed', async () => {
  await release({ JANGADA_EXIT_TIMEOUT: '1' });
  await settle();
  await listen(1);
  context.engine.processOf((await dynos())[0]!.id).onTerm = () => undefined;
  const formation = (await context.store.rows.formations.find({ appId, type: 'web' }))!;
  await context.store.rows.formations.update(formation.id, { quantity: 0 });
  await settle();
  await expect.poll(brief).toEqual([]);
  expect(context.logOf(appId).slice(-5)).toEqual([
    'heroku[web.1]: Stopping all processes with SIGTERM',
    'heroku[web.1]: Error R12 (Exit timeout) -> Process failed to exit within 1 seconds of SIGTERM',
    'heroku[web.1]: Stopping process with SIGKILL',
    'heroku[web.1]: Process exited with status 137',
    'heroku[web.1]: State changed from up to down',
  ]);
});

test('a detached one-off whose start the end of the control plane interrupted is started once, as it was asked for', async () => {
  const { id: releaseId, version } = await release();
  await context.store.rows.formations.delete(SAMPLE_ROWS.formations.id);
  const run: Dyno = {
    ...SAMPLE_ROWS.dynos,
    ...{ releaseId, version, type: 'run', number: 1234, name: 'run.1234', command: 'rake', port: null },
    ...{ state: 'created', stopping: null, attached: false, env: { FOO: 'bar' }, timeToLive: 60, startedAt: null },
  };
  await context.store.rows.dynos.insert(run);
  const start = vi.spyOn(context.engine, 'start').mockReturnValue(new Promise(() => undefined));
  await settle();
  expect(start).toHaveBeenCalledTimes(1);
  expect(await brief()).toEqual([`run.1234 v${version} starting`]);
  start.mockRestore();
  // The old one never comes back from its call, as if it were dead.
  startAnew();
  await settle();
  expect(await dynos()).toMatchObject([{ id: run.id, state: 'up', env: { FOO: 'bar' }, timeToLive: 60 }]);
  expect(context.engine.specOf(run.id).env).toMatchObject({ FOO: 'bar' });
  expect(context.logOf(appId)).toEqual([
    'heroku[run.1234]: State changed from created to starting',
    'heroku[run.1234]: Starting process with command `rake`',
    'heroku[run.1234]: Starting process with command `rake`',
    'heroku[run.1234]: State changed from starting to up',
  ]);
});

test('a container that no row speaks for is removed', async () => {
  await release();
  await settle();
  const [dyno] = await dynos();
  await context.store.rows.dynos.delete(dyno!.id);
  await settle();
  expect((await context.engine.list()).map((one) => one.dynoId)).not.toContain(dyno!.id);
});

test('a removed app leaves no container and no route', async () => {
  await release();
  await settle();
  await context.store.rows.apps.delete(appId);
  await settle();
  expect(await context.engine.list()).toEqual([]);
  expect(context.routes.routes.has(appId)).toBe(false);
  expect(forgotten).toEqual([appId]);
});

describe('a dyno that has run for a day', () => {
  const settle24h = async (): Promise<void> => {
    await context.clock.advance((24 * 60 + 216) * 60_000);
    await settle();
  };

  test('is restarted: it serves until its successor is up', async () => {
    await release();
    await settle();
    await listen(1);
    await settle24h();
    expect(context.logOf(appId)).toContain('heroku[web.1]: Cycling');
    expect(await brief()).toEqual(['web.1 v1 up', 'web.1 v1 starting']);
    expect(targets()).toEqual(['web.1 up']);
    const next = (await dynos())[1]!;
    context.engine.processOf(next.id).listen();
    await settle();
    await context.clock.advance(1_000);
    expect((await dynos()).map((dyno) => dyno.id)).toEqual([next.id]);
  });

  test('is left alone when JANGADA_DAILY_RESTART is off', async () => {
    await release({ JANGADA_DAILY_RESTART: 'off' });
    await settle();
    await listen(1);
    await settle24h();
    expect(context.logOf(appId)).not.toContain('heroku[web.1]: Cycling');
  });
});

describe('a health check', () => {
  beforeEach(async () => {
    await release({ JANGADA_HEALTH_CHECK_PATH: '/healthz', JANGADA_BOOT_TIMEOUT: '20' });
    await settle();
    await listen(1);
  });

  test('keeps a web dyno from the router until it answers well', async () => {
    expect(await brief()).toEqual(['web.1 v1 starting']);
    expect(targets()).toEqual([]);
    healthy = true;
    await context.clock.advance(500);
    await settle();
    expect(await brief()).toEqual(['web.1 v1 up']);
    expect(targets()).toEqual(['web.1 up']);
  });

  test('that never does is R10 at the boot time-out', async () => {
    await context.clock.advance(20_500);
    await settle();
    expect(context.logOf(appId)).toContain(
      'heroku[web.1]: Error R10 (Boot timeout) -> Web process failed to answer GET /healthz with 2xx or 3xx within 20 seconds of launch',
    );
  });
});

describe('an app that asks to sleep after ten minutes', () => {
  const MINUTE = 60_000;
  const host = 'calm-tide.localhost';
  const stateOf = async (): Promise<string> => {
    const [web] = await dynos();
    const container = (await context.engine.list()).find((one) => one.dynoId === web!.id);
    return `${web!.state}, ${container?.state ?? 'gone'}, ${context.routes.routes.get(appId)?.state}`;
  };
  const pass = async (minutes: number): Promise<void> => {
    await context.clock.advance(minutes * MINUTE);
    await settle();
  };

  beforeEach(async () => {
    await release({ JANGADA_SLEEP_AFTER: '10' });
    await settle();
    await listen(1);
  });

  test('is frozen without requests, and goes on with the next one', async () => {
    await pass(9);
    expect(await stateOf()).toBe('up, running, serving');
    await pass(1);
    expect(await stateOf()).toBe('idle, paused, asleep');
    const answer = context.routes.request(host);
    reconciler.wake(appId);
    await settle();
    expect(await stateOf()).toBe('up, running, serving');
    expect(await answer).toEqual({ dynoId: (await dynos())[0]!.id });
    expect(context.logOf(appId).slice(-4)).toEqual([
      'heroku[web.1]: Idling',
      'heroku[web.1]: State changed from up to idle',
      'heroku[web.1]: Unidling',
      'heroku[web.1]: State changed from idle to up',
    ]);
  });

  test('goes on from frozen without waiting for the engine’s list', async () => {
    await pass(10);
    const { promise, resolve } = Promise.withResolvers<readonly EngineDyno[]>();
    const containers = await context.engine.list();
    const list = vi.spyOn(context.engine, 'list').mockReturnValue(promise);
    reconciler.wake(appId);
    expect(await context.routes.request(host)).toEqual({ dynoId: (await dynos())[0]!.id });
    list.mockRestore();
    resolve(containers);
    await settle();
    expect(await stateOf()).toBe('up, running, serving');
  });

  test('goes on when its row is up although it is frozen, and says nothing', async () => {
    const [web] = await dynos();
    const before = context.logOf(appId);
    await context.engine.pause(web!.id);
    await settle();
    expect(await stateOf()).toBe('up, running, serving');
    expect(context.logOf(appId)).toEqual(before);
  });

  test('goes on from a freeze that ended while the wake read its row', async () => {
    const [frozen, late] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const pauseNow = context.engine.pause;
    const pause = vi.spyOn(context.engine, 'pause').mockImplementation(async (dynoId) => {
      await frozen.promise;
      return pauseNow(dynoId);
    });
    await pass(10);
    expect(pause).toHaveBeenCalledTimes(1);
    const resume = vi.spyOn(context.engine, 'resume');
    const readDynos = context.store.rows.dynos.list.bind(context.store.rows.dynos);
    vi.spyOn(context.store.rows.dynos, 'list').mockImplementationOnce(async (...args) => {
      await late.promise;
      return readDynos(...args);
    });
    const { list } = context.engine;
    // The look at the end of the freeze does not come before the wake's.
    const look = Promise.withResolvers<void>();
    const lists = vi.spyOn(context.engine, 'list').mockImplementation(async (...args) => {
      await look.promise;
      return list(...args);
    });
    reconciler.wake(appId);
    await delay(2);
    frozen.resolve();
    await delay(2);
    late.resolve();
    await delay(2);
    expect(context.routes.routes.get(appId)?.state).toBe('asleep');
    look.resolve();
    await settle();
    lists.mockRestore();
    expect(await stateOf()).toBe('up, running, serving');
    expect(resume).toHaveBeenCalledTimes(1);
  });

  test('is stopped after twenty minutes more, and starts with the next request', async () => {
    await pass(10);
    await pass(20);
    expect(await stateOf()).toBe('idle, gone, asleep');
    reconciler.wake(appId);
    await settle();
    expect(await stateOf()).toBe('starting, running, starting');
    await listen(1);
    expect(await stateOf()).toBe('up, running, serving');
    expect(context.logOf(appId).slice(-6)).toEqual([
      'heroku[web.1]: Stopping process with SIGTERM',
      'heroku[web.1]: Process exited with status 143',
      'heroku[web.1]: Unidling',
      'heroku[web.1]: State changed from created to starting',
      'heroku[web.1]: Starting process with command `serve`',
      'heroku[web.1]: State changed from starting to up',
    ]);
  });

  test('starts from stopped without waiting for the engine’s list, and without a row that has not begun', async () => {
    await pass(10);
    await pass(20);
    const [idle] = await dynos();
    const { promise, resolve } = Promise.withResolvers<readonly EngineDyno[]>();
    const list = vi.spyOn(context.engine, 'list').mockReturnValue(promise);
    const start = vi.spyOn(context.engine, 'start');
    reconciler.wake(appId);
    await expect.poll(() => start.mock.calls.length).toBe(1);
    const [dyno] = await dynos();
    expect(dyno).toMatchObject({ state: 'starting', startedAt: context.clock.now() });
    expect(dyno!.id).not.toBe(idle!.id);
    expect(start.mock.calls[0]![0].dynoId).toBe(dyno!.id);
    list.mockRestore();
    resolve(await context.engine.list());
    await settle();
    expect((await dynos()).map(({ id }) => id)).toEqual([dyno!.id]);
  });

  test('is started once by wakes and looks at the same moment', async () => {
    await pass(10);
    await pass(20);
    const start = vi.spyOn(context.engine, 'start');
    for (let turn = 0; turn < 3; turn++) {
      reconciler.poke(appId);
      reconciler.wake(appId);
    }
    await settle();
    reconciler.wake(appId);
    await settle();
    expect(await brief()).toEqual(['web.1 v1 starting']);
    expect(start).toHaveBeenCalledTimes(1);
    expect((await context.engine.list()).map((one) => one.dynoId)).toEqual((await dynos()).map((dyno) => dyno.id));
    expect(context.logOf(appId).filter((line) => line.endsWith('Unidling'))).toHaveLength(1);
  });

  test('is not started again by a wake that read its row before another wake started it', async () => {
    await pass(10);
    await pass(20);
    const { promise, resolve } = Promise.withResolvers<void>();
    const readDynos = context.store.rows.dynos.list.bind(context.store.rows.dynos);
    const late = vi.spyOn(context.store.rows.dynos, 'list').mockImplementationOnce(async (...args) => {
      const rows = await readDynos(...args);
      await promise;
      return rows;
    });
    const start = vi.spyOn(context.engine, 'start');
    reconciler.wake(appId);
    await delay(2);
    reconciler.wake(appId);
    await expect.poll(async () => (await context.engine.list()).length).toBe(1);
    await delay(2);
    resolve();
    await settle();
    late.mockRestore();
    expect(start).toHaveBeenCalledTimes(1);
    expect(await brief()).toEqual(['web.1 v1 starting']);
  });

  test('is not taken for ended by a look that began before its start and reads its row after', async () => {
    await pass(10);
    await pass(20);
    const { promise, resolve } = Promise.withResolvers<void>();
    // The look has its containers and waits for its rows, while the wake reads, writes and starts.
    let isLook = true;
    const readDynos = context.store.rows.dynos.list.bind(context.store.rows.dynos);
    const dynoRows = vi.spyOn(context.store.rows.dynos, 'list').mockImplementation(async (...args) => {
      if (!isLook) return readDynos(...args);
      isLook = false;
      await promise;
      return readDynos(...args);
    });
    reconciler.poke(appId);
    await expect.poll(() => isLook).toBe(false);
    reconciler.wake(appId);
    await expect.poll(async () => (await context.engine.list()).length).toBe(1);
    const [started] = await readDynos({ appId });
    await delay(2);
    resolve();
    await settle();
    dynoRows.mockRestore();
    expect((await dynos()).map(({ id, state }) => ({ id, state }))).toEqual([{ id: started!.id, state: 'starting' }]);
  });

  test('comes up once when the control plane was killed between its row and its container', async () => {
    await pass(10);
    await pass(20);
    const start = vi.spyOn(context.engine, 'start').mockReturnValue(new Promise(() => undefined));
    reconciler.wake(appId);
    await expect.poll(() => start.mock.calls.length).toBe(1);
    start.mockRestore();
    // The old one never comes back from its call, as if it were dead.
    startAnew();
    await settle();
    await listen(1);
    expect(await stateOf()).toBe('up, running, serving');
    expect((await context.engine.list()).map((one) => one.dynoId)).toEqual((await dynos()).map((dyno) => dyno.id));
  });

  test('is tried again when the engine is away while it starts', async () => {
    await pass(10);
    await pass(20);
    context.engine.setAvailable(false);
    reconciler.wake(appId);
    await settle();
    expect(await brief()).toEqual(['web.1 v1 created']);
    context.engine.setAvailable(true);
    await context.clock.advance(5_000);
    await settle();
    expect(await brief()).toEqual(['web.1 v1 starting']);
    expect((await context.engine.list()).length).toBe(1);
  });

  test('is routed to as soon as it is up, without another look', async () => {
    await pass(10);
    await pass(20);
    reconciler.wake(appId);
    await settle();
    const { promise, resolve } = Promise.withResolvers<readonly EngineDyno[]>();
    const listening = (await context.engine.list()).map((one) => ({ ...one, listening: true }));
    const list = vi.spyOn(context.engine, 'list').mockResolvedValueOnce(listening).mockReturnValue(promise);
    reconciler.poke(appId);
    await expect.poll(() => context.routes.routes.get(appId)?.state).toBe('serving');
    expect(await brief()).toEqual(['web.1 v1 up']);
    list.mockRestore();
    resolve(listening);
  });

  test('stays up while requests come or are in flight', async () => {
    await pass(9);
    const at = logTime(context.clock.now().getTime());
    traffic.take([{ appId, at, source: 'heroku', ps: 'router', text: 'at=info' }]);
    await pass(9);
    expect(await stateOf()).toBe('up, running, serving');
    const finish = context.routes.beginSlowRequest(host);
    await pass(9);
    expect(await stateOf()).toBe('up, running, serving');
    finish();
    await pass(10);
    expect(await stateOf()).toBe('idle, paused, asleep');
  });

  test('sleeps on when the control plane starts again', async () => {
    await pass(10);
    await reconciler.close();
    startAnew();
    await settle();
    expect(await stateOf()).toBe('idle, paused, asleep');
  });

  test('is up again with a new release', async () => {
    await pass(10);
    await release();
    await settle();
    await listen(2);
    await context.clock.advance(1_000);
    expect(await brief()).toEqual(['web.1 v2 up']);
    expect(context.routes.routes.get(appId)?.state).toBe('serving');
  });
});
