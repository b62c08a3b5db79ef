import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routeOf } from './testing/app-route.ts';
import { ask, codeOnPage } from './testing/client.ts';
import { type DynoServer, startDyno, startRawDyno } from './testing/dyno-server.ts';
import { Lines } from './testing/lines.ts';
import { type RealRouter, startRealRouter } from './testing/real-router.ts';

/** Limits short enough to be met in a test. */
const LIMITS = { connectMs: 300, firstByteMs: 400, idleMs: 900, holdMs: 1_500, queueMs: 300, requestsPerDyno: 2 };

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
    expect(await ask(real.port, host)).toMatchObject({ status: 503 });
    const line = await lines.with('host=h12.test');
    expect(line).toMatchObject({ appId: 'h12', source: 'heroku', ps: 'router' });
    expect(line.text).toMatch(
      /^at=error code=H12 desc="Request timeout" method=GET path="\/" host=h12\.test request_id=[0-9a-f-]{36} fwd="127\.0\.0\.1" dyno=web\.1 connect=\d+ms service=4\d\dms status=503 bytes=0 protocol=http$/,
    );
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
    const dyno = await startDyno('d', 'web.1', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      setTimeout(() => response.end('data: 2\n\n'), LIMITS.firstByteMs + 200);
    });
    const host = await route('events', dyno);
    const answer = await ask(real.port, host, { headers: { accept: 'text/event-stream' } });
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
    const gone = await startDyno('d', 'web.1');
    await gone.close();
    await real.router.put(routeOf({ appId: 'h21', hosts: ['h21.test'], dynos: [gone.dyno] }));
    expect(await ask(real.port, 'h21.test')).toMatchObject({ status: 503 });
    expect((await lines.with('host=h21.test')).text).toMatch(
      /^at=error code=H21 desc="Backend connection refused".* dyno=web\.1 connect=\d+ms service= status=503 bytes= /,
    );
  });

  test('H11: more requests than its backlog takes, and those in the queue too long', async () => {
    const dyno = await startDyno('d', 'web.1', (_request, response) => setTimeout(() => response.end('done'), 350));
    const host = await route('h11', dyno);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(real.port, host)));
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(2);
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThanOrEqual(2);
    expect((await lines.with('code=H11')).text).toMatch(/^at=error code=H11 desc="Backlog too deep".* host=h11\.test /);
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
