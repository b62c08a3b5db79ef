import { connect } from 'node:net';
import { freePort } from '@jangada/conformance/free-port';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { routeOf } from './testing/app-route.ts';
import { ask, codeOnPage } from './testing/client.ts';
import { type DynoServer, startDyno, startRawDyno } from './testing/dyno-server.ts';
import { Lines } from './testing/lines.ts';
import { type RealRouter, startRealRouter } from './testing/real-router.ts';

/** Limits short enough to be met in a test, and long enough for a dyno of a busy machine that answers at once. */
const LIMITS = { connectMs: 1_000, firstByteMs: 1_000, idleMs: 1_500, holdMs: 2_000 };

let real: RealRouter;
let lines: Lines;
const dynos: DynoServer[] = [];

beforeAll(async () => {
  real = await startRealRouter({ limits: LIMITS });
  lines = new Lines(real.router);
});
afterAll(async () => {
  lines.stop();
  await real.close();
  await Promise.all(dynos.map((dyno) => dyno.close()));
});

async function route(app: string, dyno: DynoServer): Promise<string> {
  dynos.push(dyno);
  const host = `${app}.test`;
  await real.router.put(routeOf({ appId: app, hosts: [host], dynos: [dyno.dyno] }));
  return host;
}

describe('a dyno that misbehaves', () => {
  test('H12: no answer in time', async () => {
    const host = await route('h12', await startDyno('d', 'web.1', () => undefined));
    const started = performance.now();
    expect(await ask(real.port, host)).toMatchObject({ status: 503 });
    const line = await lines.with('host=h12.test');
    const tookMs = performance.now() - started;
    expect(line).toMatchObject({ appId: 'h12', source: 'heroku', ps: 'router' });
    expect(line.text).toMatch(
      /^at=error code=H12 desc="Request timeout" method=GET path="\/" host=h12\.test request_id=[0-9a-f-]{36} fwd="127\.0\.0\.1" dyno=web\.1 connect=\d+ms service=\d+ms status=503 bytes=0 protocol=http$/,
    );
    const serviceMs = Number(/ service=(\d+)ms /.exec(line.text)?.[1]);
    // HAProxy reckons in whole milliseconds: a difference of two times may be one less than what passed.
    expect(serviceMs).toBeGreaterThanOrEqual(LIMITS.firstByteMs - 1);
    expect(serviceMs).toBeLessThanOrEqual(Math.ceil(tookMs));
  });

  test('H13: closed without a response', async () => {
    const host = await route(
      'h13',
      await startRawDyno('d', 'web.1', (socket) => socket.once('data', () => socket.destroy())),
    );
    expect(await ask(real.port, host)).toMatchObject({ status: 503 });
    expect((await lines.with('host=h13.test')).text).toMatch(
      /^at=error code=H13 desc="Connection closed without response"/,
    );
  });

  test('H15: silent in mid-answer', async () => {
    const dyno = await startDyno('d', 'web.1', (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('some of it');
    });
    const host = await route('h15', dyno);
    await expect(ask(real.port, host)).rejects.toThrow();
    expect((await lines.with('host=h15.test')).text).toMatch(/^at=error code=H15 desc="Idle connection"/);
  });

  test('a stream of events may pause for longer than a first byte may take', async () => {
    const firstByteMs = 1_000;
    const own = await startRealRouter({ limits: { firstByteMs } });
    onTestFinished(own.close);
    const dyno = await startDyno('d', 'web.1', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      setTimeout(() => response.end('data: 2\n\n'), firstByteMs + 200);
    });
    dynos.push(dyno);
    await own.router.put(routeOf({ dynos: [dyno.dyno] }));
    const answer = await ask(own.port, 'a.test', { headers: { accept: 'text/event-stream' } });
    expect(answer.body).toBe('data: 1\n\ndata: 2\n\n');
  });

  test('H17: not HTTP', async () => {
    const dyno = await startRawDyno('d', 'web.1', (socket) =>
      socket.once('data', () => socket.end('hello there\r\n\r\n')),
    );
    const host = await route('h17', dyno);
    expect(await ask(real.port, host)).toMatchObject({ status: 503 });
    expect((await lines.with('host=h17.test')).text).toMatch(
      /^at=error code=H17 desc="Poorly formatted HTTP response"/,
    );
  });

  test('H18: cut in mid-answer', async () => {
    const dyno = await startDyno('d', 'web.1', (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('some of it', () => response.destroy());
    });
    const host = await route('h18', dyno);
    await expect(ask(real.port, host)).rejects.toThrow();
    expect((await lines.with('host=h18.test')).text).toMatch(
      /^sock=backend at=error code=H18 desc="Server Request Interrupted"/,
    );
  });

  test('H21: nobody listens any more', async () => {
    // A port that nobody else is given meanwhile.
    const gone = { dynoId: 'd', name: 'web.1', address: '127.0.0.1', port: await freePort(), state: 'up' as const };
    await real.router.put(routeOf({ appId: 'h21', hosts: ['h21.test'], dynos: [gone] }));
    expect(await ask(real.port, 'h21.test')).toMatchObject({ status: 503 });
    expect((await lines.with('host=h21.test')).text).toMatch(
      /^at=error code=H21 desc="Backend connection refused".* dyno=web\.1 connect=\d+ms service= status=503 bytes= /,
    );
  });

  test('H11: more requests than its backlog takes, and those in the queue too long', async () => {
    const own = await startRealRouter({ limits: { queueMs: 300, requestsPerDyno: 2 } });
    onTestFinished(own.close);
    const ownLines = new Lines(own.router);
    onTestFinished(() => ownLines.stop());
    const finish = Promise.withResolvers<void>();
    const dyno = await startDyno('d', 'web.1', (_request, response) => {
      void finish.promise.then(() => response.end('done'));
    });
    dynos.push(dyno);
    await own.router.put(routeOf({ dynos: [dyno.dyno] }));
    const refused: string[] = [];
    const asking = Array.from({ length: 8 }, async (_, index) => {
      const { status } = await ask(own.port, 'a.test', { path: `/${index}` });
      if (status === 503) refused.push(`path="/${index}"`);
      // The dyno works on two all the while: more answers than these do not come before it goes on.
      if (refused.length === 6) finish.resolve();
      return status;
    });
    expect((await Promise.all(asking)).sort()).toEqual([200, 200, 503, 503, 503, 503, 503, 503]);
    for (const path of refused) {
      expect((await ownLines.with(path)).text).toMatch(
        /^at=error code=H11 desc="Backlog too deep".* host=a\.test .* status=503 /,
      );
    }
  });

  test('its own 502 and 504 pass as they are', async () => {
    const dyno = await startDyno('d', 'web.1', (_request, response) => {
      response.statusCode = 504;
      response.end('mine');
    });
    const host = await route('own504', dyno);
    expect(await ask(real.port, host)).toMatchObject({ status: 504, body: 'mine' });
    expect((await lines.with('host=own504.test')).text).toMatch(/^at=info .* status=504 bytes=/);
  });

  test('the error page is the app’s own when it has set one, also at a wildcard host', async () => {
    const dyno = await startDyno('d', 'web.1', (request) => request.socket.destroy());
    dynos.push(dyno);
    const errorPageUrl = 'https://pages.test/sorry?a=1&b=2;c';
    await real.router.put(
      routeOf({ appId: 'own', hosts: ['own.test', '*.own.test'], dynos: [dyno.dyno], errorPageUrl }),
    );
    const frame = '<iframe src="https://pages.test/sorry?a=1&b=2%3Bc"></iframe>';
    expect((await ask(real.port, 'own.test')).body).toContain(frame);
    expect((await ask(real.port, 'www.own.test')).body).toContain(frame);
    await real.router.put(routeOf({ appId: 'own', hosts: ['own.test'], dynos: [dyno.dyno] }));
    const page = await ask(real.port, 'own.test');
    expect(page.body).not.toContain('<iframe src');
    expect(page.body).toContain('Application error');
  });

  test('its x-router-dyno header is not believed', async () => {
    const dyno = await startDyno('d', 'web.1', (_request, response) => {
      response.setHeader('x-router-dyno', 'web.9,H99,');
      response.end();
    });
    const host = await route('forger', dyno);
    expect((await ask(real.port, host)).headers['x-router-dyno']).toBeUndefined();
    expect((await lines.with('host=forger.test')).text).toMatch(/^at=info .* dyno=web\.1 /);
  });
});

describe('an app without a usable dyno', () => {
  test.each([
    ['crashed', 'H10', 'at=error code=H10 desc="App crashed"'],
    ['stopped', 'H14', 'at=error code=H14 desc="No web processes running"'],
    ['blank', 'H81', 'at=info code=H81 desc="Blank app"'],
  ] as const)('that is %s answers %s and says so in the log', async (state, code, start) => {
    await real.router.put(routeOf({ appId: state, hosts: [`${state}.test`], state }));
    const page = await ask(real.port, `${state}.test`);
    expect(page.status).toBe(503);
    expect(codeOnPage(page)).toBe(code);
    expect(page.headers['cache-control']).toContain('no-cache');
    const { text } = await lines.with(`host=${state}.test`);
    expect(text.startsWith(`${start} method=GET`)).toBe(true);
    expect(text).toMatch(/ dyno= connect= service= status=503 bytes= protocol=http$/);
  });

  test('in maintenance answers H80 with its own page', async () => {
    const dyno = await startDyno('d', 'web.1');
    dynos.push(dyno);
    const part = {
      appId: 'away',
      hosts: ['away.test'],
      maintenance: true,
      maintenancePageUrl: 'https://pages.test/away',
    };
    await real.router.put(routeOf({ ...part, dynos: [dyno.dyno] }));
    const page = await ask(real.port, 'away.test');
    expect(codeOnPage(page)).toBe('H80');
    expect(page.body).toContain('<iframe src="https://pages.test/away">');
    expect((await lines.with('host=away.test')).text).toMatch(/^at=info code=H80 desc="Maintenance mode"/);
  });

  test('that does not come up in time answers H20, though the client’s own time-outs are shorter', async () => {
    await real.router.put(routeOf({ appId: 'slow', hosts: ['slow.test'], state: 'starting' }));
    const started = performance.now();
    expect(codeOnPage(await ask(real.port, 'slow.test'))).toBe('H20');
    expect(performance.now() - started).toBeGreaterThanOrEqual(LIMITS.holdMs - 5);
    expect((await lines.with('host=slow.test')).text).toMatch(/^at=error code=H20 desc="App boot timeout"/);
  });

  test('a client that leaves while it is held is let go', async () => {
    await real.router.put(routeOf({ appId: 'left', hosts: ['left.test'], state: 'asleep' }));
    const stop = new AbortController();
    const woken = real.router.wakes(stop.signal)[Symbol.asyncIterator]();
    const socket = connect(real.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nhost: left.test\r\n\r\n'));
    expect(await woken.next()).toEqual({ done: false, value: 'left' });
    socket.destroy();
    stop.abort();
    expect(await ask(real.port, 'nobody.test')).toMatchObject({ status: 404 });
  });

  test('a request at a host of no app gets 404 and leaves no line', async () => {
    const page = await ask(real.port, 'nobody.test', { headers: { host: 'nobody.test:8080' } });
    expect(page.status).toBe(404);
    expect(page.body).toContain('No such app');
    await real.router.put(routeOf({ appId: 'after', hosts: ['after.test'], state: 'blank' }));
    await ask(real.port, 'after.test');
    await lines.with('host=after.test');
    expect(lines.texts().filter((text) => text.includes('nobody.test'))).toEqual([]);
  });
});
