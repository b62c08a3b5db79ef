import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { haproxyVersion } from './haproxy/process.ts';
import { routeOf } from './testing/app-route.ts';
import { ask } from './testing/client.ts';
import { type DynoServer, startDyno } from './testing/dyno-server.ts';
import { Lines } from './testing/lines.ts';
import { type RealRouter, startRealRouter } from './testing/real-router.ts';

/** Limits short enough to be met in a test. */
const LIMITS = { firstByteMs: 2_000, idleMs: 2_500 };
/** Pause of an upload that moves: much shorter than what the router allows. */
const PAUSE_MS = 250;

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

describe('a client that misbehaves', () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(real.port, '127.0.0.1', () => socket.write(text));
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      // One that is reset because not all was read has its answer too.
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(answer));
      socket.setTimeout(30_000, () => {
        reject(new Error(`the router keeps the connection open after ${JSON.stringify(answer)}`));
        socket.destroy();
      });
    });

  test('H27: it leaves in mid-answer', async () => {
    const dyno = await startDyno('d', 'web.1', (_request, response) => {
      const feed = setInterval(() => response.write('x'.repeat(1_000)), 5);
      response.on('close', () => clearInterval(feed));
    });
    const host = await route('h27', dyno);
    const socket = connect(real.port, '127.0.0.1', () => socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`));
    await once(socket, 'data');
    socket.destroy();
    expect((await lines.with('host=h27.test')).text).toMatch(
      /^sock=client at=warning code=H27 desc="Client Request Interrupted" .* dyno=web\.1 .* status=499 /,
    );
  });

  test('H28: it falls silent in mid-upload', async () => {
    const dyno = await startDyno('d', 'web.1', (request, response) => {
      request.resume();
      request.on('end', () => response.end());
    });
    const host = await route('h28', dyno);
    const socket = connect(real.port, '127.0.0.1', () =>
      socket.write(`POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 100\r\n\r\nsome of it`),
    );
    socket.resume();
    // One time-out of HAProxy 2.6 covers the whole way to and from a dyno, and it is shorter than the client's.
    const [major] = await haproxyVersion(real.options.executable ?? 'haproxy');
    const expected = major >= 3 ? /^at=warning code=H28 desc="Client Connection Idle"/ : /^at=error code=H12 /;
    expect((await lines.with('host=h28.test')).text).toMatch(expected);
    socket.destroy();
  });

  test('a slow upload goes on as long as it moves', async () => {
    const dyno = await startDyno('d', 'web.1', (request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      request.on('end', () => response.end(`${bytes} bytes`));
    });
    const host = await route('upload', dyno);
    const socket = connect(real.port, '127.0.0.1', () =>
      socket.write(`POST / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\ncontent-length: 14\r\n\r\n`),
    );
    const answered = Array.fromAsync(socket);
    // Longer than any limit, all together.
    for (let index = 0; index < 14; index++) {
      await delay(PAUSE_MS);
      socket.write('x');
    }
    expect(Buffer.concat(await answered).toString()).toMatch(/^HTTP\/1\.1 200 .*14 bytes$/s);
  });

  test('H26: an Expect header that nobody knows', async () => {
    const host = await route('expects', await startDyno('d', 'web.1'));
    expect(await ask(real.port, host, { headers: { expect: 'a miracle' } })).toMatchObject({ status: 417 });
    expect((await lines.with('host=expects.test')).text).toMatch(
      /^at=error code=H26 desc="Request Error" cause="unsupported/,
    );
  });

  test.each([
    ['two lengths', 'GET / HTTP/1.1\r\nhost: bad.test\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['two hosts', 'GET / HTTP/1.1\r\nhost: bad.test\r\nhost: other.test\r\n\r\n'],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nhost: bad.test\r\nx: a\0b\r\n\r\n'],
    ['a header larger than the limits', `GET / HTTP/1.1\r\nhost: bad.test\r\nx: ${'x'.repeat(60_000)}\r\n\r\n`],
    ['a chunk with no length', 'POST / HTTP/1.1\r\nhost: bad.test\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n'],
    ['no HTTP at all', 'hello\r\n\r\n'],
  ])('%s gets 400', async (_name, text) => {
    await route('bad', await startDyno('d', 'web.1'));
    expect(await raw(text)).toMatch(/^HTTP\/1\.[01] 400 /);
  });

  test('a length beside chunks cannot smuggle a second request: the chunks win', async () => {
    const seen: string[] = [];
    const dyno = await startDyno('d', 'web.1', (request, response) => {
      seen.push(`${request.method} ${request.url}`);
      request.resume();
      request.on('end', () => response.end());
    });
    const host = await route('smuggle', dyno);
    const inner = 'GET /admin HTTP/1.1\r\nhost: smuggle.test\r\n\r\n';
    const head = `POST /a HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${inner.length + 5}\r\ntransfer-encoding: chunked\r\n`;
    await raw(`${head}connection: close\r\n\r\n0\r\n\r\n${inner}`);
    // Whatever the dyno had been sent before comes first.
    await ask(real.port, host, { path: '/after' });
    expect(seen).toEqual(['POST /a', 'GET /after']);
  });

  test('no host at all, an odd one, and one with a NUL or `..` reach no app', async () => {
    expect(await raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.[01] 404 /);
    for (const host of ['..', '[::1]:80', '../../etc', 'ä.test', '*.test', ';shutdown', 'x'.repeat(4_000)]) {
      expect(await raw(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
    expect(await ask(real.port, 'nobody.test')).toMatchObject({ status: 404 });
  });

  test('what it writes into headers and path cannot forge a line', async () => {
    const host = await route('inject', await startDyno('d', 'web.1'));
    await ask(real.port, host, { path: '/a"b%0Ad?q="', headers: { 'x-forwarded-for': '1.1.1.1"\t\tdyno=web.9' } });
    const { text } = await lines.with('host=inject.test');
    expect(text).toContain('path="/a%22b%0Ad?q=%22" host=inject.test ');
    expect(text).toContain('fwd="1.1.1.1%22%09%09dyno=web.9, 127.0.0.1" dyno=web.1 ');
  });
});
