import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { routeOf } from './testing/app-route.ts';
import { ask } from './testing/client.ts';
import { type DynoServer, startDyno } from './testing/dyno-server.ts';
import { type RealRouter, startRealRouter } from './testing/real-router.ts';

let real: RealRouter;
beforeEach(async () => {
  real = await startRealRouter();
});
afterEach(() => real.close());

/** Clients that ask without a pause, on connections that stay and on new ones, until they are stopped. */
function startLoad(
  port: number,
  host: string,
): {
  /** Resolves when so many more requests have had a good answer, or one a bad one. */
  answered(more: number): Promise<void>;
  stop(): Promise<{ good: number; bad: string[] }>;
} {
  const agent = new Agent({ keepAlive: true, maxSockets: 12 });
  let running = true;
  let good = 0;
  const bad: string[] = [];
  const client = async (options: { agent?: Agent }): Promise<void> => {
    while (running) {
      const outcome = await ask(port, host, options).then(
        (answer) => (answer.status === 200 ? null : `${answer.status}`),
        (error: unknown) => String(error),
      );
      if (outcome === null) good += 1;
      else bad.push(outcome);
    }
  };
  const clients = [
    ...Array.from({ length: 12 }, () => client({ agent })),
    ...Array.from({ length: 4 }, () => client({})),
  ];
  return {
    async answered(more) {
      const enough = good + more;
      while (good < enough && bad.length === 0) await delay(5);
    },
    async stop() {
      running = false;
      await Promise.all(clients);
      agent.destroy();
      return { good, bad };
    },
  };
}

async function drained(dyno: DynoServer): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await real.router.inFlight('app-a'))[dyno.dyno.dynoId] !== 0) {
    if (Date.now() > deadline) throw new Error('the old dyno does not drain');
    await delay(20);
  }
}

test('twelve deploys in a row under load fail no request', async () => {
  let current = await startDyno('dyno-0', 'web.1');
  await real.router.put(routeOf({ dynos: [current.dyno] }));
  const load = startLoad(real.port, 'a.test');
  for (let version = 1; version <= 12; version++) {
    const next = await startDyno(`dyno-${version}`, 'web.1');
    await real.router.put(routeOf({ dynos: [next.dyno, current.draining] }));
    await drained(current);
    await real.router.put(routeOf({ dynos: [next.dyno] }));
    await current.close();
    current = next;
    await load.answered(20);
  }
  const { good, bad } = await load.stop();
  expect(bad).toEqual([]);
  expect(good).toBeGreaterThan(200);
  await current.close();
});

test('a route change that is done holds for the very next request', async () => {
  const [one, two] = [await startDyno('one', 'web.1'), await startDyno('two', 'web.1')];
  await real.router.put(routeOf({ dynos: [one.dyno] }));
  for (let round = 0; round < 10; round++) {
    const target = round % 2 === 0 ? two : one;
    await real.router.put(routeOf({ dynos: [target.dyno] }));
    expect((await ask(real.port, 'a.test')).headers['x-dyno']).toBe(target.dyno.dynoId);
  }
  await Promise.all([one.close(), two.close()]);
});

test('apps change side by side, and the changes of one app keep their order', async () => {
  const dyno = await startDyno('d', 'web.1');
  const changes: Promise<void>[] = [];
  for (let app = 0; app < 10; app++) {
    const part = { appId: `app-${app}`, hosts: [`h${app}.test`] };
    for (let round = 0; round < 5; round++) {
      changes.push(real.router.put(routeOf({ ...part, state: 'stopped' })));
      changes.push(real.router.put(routeOf({ ...part, dynos: [dyno.dyno] })));
    }
  }
  await Promise.all(changes);
  for (let app = 0; app < 10; app++) expect((await ask(real.port, `h${app}.test`)).status).toBe(200);
  await dyno.close();
});

test('servers of dynos that are gone are deleted from HAProxy', async () => {
  const dyno = await startDyno('d', 'web.1');
  await real.router.put(routeOf({ dynos: [dyno.dyno] }));
  await ask(real.port, 'a.test');
  await real.router.put(routeOf({ state: 'stopped' }));
  await dyno.close();
  await expect.poll(() => real.servers('b0')).toEqual([]);
});

test('the pool grows under load without failing a request', async () => {
  const dyno = await startDyno('d', 'web.1');
  await real.router.put(routeOf({ dynos: [dyno.dyno] }));
  const load = startLoad(real.port, 'a.test');
  for (let app = 0; app < 30; app++) {
    await real.router.put(routeOf({ appId: `more-${app}`, hosts: [`more-${app}.test`], dynos: [dyno.dyno] }));
  }
  expect((await ask(real.port, 'more-29.test')).status).toBe(200);
  expect((await ask(real.port, 'more-0.test')).status).toBe(200);
  expect((await load.stop()).bad).toEqual([]);
  expect(real.reports.map((report) => report.event)).toContain('haproxy_reloaded');
  await dyno.close();
});
