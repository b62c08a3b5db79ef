import { once } from 'node:events';
import { createServer } from 'node:http';
import { freePort } from '@jangada/conformance/free-port';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { routeOf } from './testing/app-route.ts';
import { ask, codeOnPage } from './testing/client.ts';
import { startDyno } from './testing/dyno-server.ts';
import { Lines } from './testing/lines.ts';
import { type RealRouter, startRealRouter } from './testing/real-router.ts';

/** A quarantine that lasts until the tests are over. */
const LIMITS = { connectMs: 1_000, quarantineMs: 60_000, holdMs: 1_500 };
let real: RealRouter;
let lines: Lines;

beforeAll(async () => {
  real = await startRealRouter({ limits: LIMITS });
  lines = new Lines(real.router);
});
afterAll(async () => {
  lines.stop();
  await real.close();
});

async function deadDyno(dynoId: string, name: string) {
  return { dynoId, name, address: '127.0.0.1', port: await freePort(), state: 'up' as const };
}

test('a dyno that refuses gets no further request until its quarantine is over, and its neighbour serves all', async () => {
  const good = await startDyno('good', 'web.1');
  const dead = await deadDyno('dead', 'web.2');
  await real.router.put(routeOf({ hosts: ['two.test'], dynos: [good.dyno, dead] }));
  for (let index = 0; index < 30; index++) {
    expect((await ask(real.port, 'two.test', { path: `/${index}` })).body).toBe('hello from good');
  }
  for (let index = 0; index < 30; index++) {
    expect((await lines.with(`path="/${index}" host=two.test `)).text).toMatch(/^at=info method=GET .* dyno=web\.1 /);
  }
  await good.close();
});

test('when the only dyno refuses: H21, then requests wait, and H34 when it never comes back', async () => {
  await real.router.put(routeOf({ appId: 'dead', hosts: ['dead.test'], dynos: [await deadDyno('dead', 'web.1')] }));
  expect(codeOnPage(await ask(real.port, 'dead.test'))).toBe('H21');
  const started = performance.now();
  expect(codeOnPage(await ask(real.port, 'dead.test', { path: '/later' }))).toBe('H34');
  expect(performance.now() - started).toBeGreaterThanOrEqual(LIMITS.holdMs - 5);
  expect((await lines.with('path="/later"')).text).toMatch(
    /^at=error code=H34 desc="All up dynos are quarantined" .* dyno= connect= service= status=503 bytes= /,
  );
});

test('a dyno that comes back is found by a waiting request and then serves directly again', async () => {
  // Its quarantine ends while the request waits, however late that begins.
  const own = await startRealRouter({ limits: { quarantineMs: 600 } });
  onTestFinished(own.close);
  const dyno = await deadDyno('back', 'web.1');
  await own.router.put(routeOf({ dynos: [dyno] }));
  expect(codeOnPage(await ask(own.port, 'a.test'))).toBe('H21');
  const server = createServer((request, response) => response.end(request.headers['connect-time'] ?? 'direct'));
  server.listen(dyno.port, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  expect((await ask(own.port, 'a.test')).status).toBe(200);
  await expect.poll(async () => (await ask(own.port, 'a.test')).body).toBe('direct');
});
