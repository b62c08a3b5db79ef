import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveSite } from './site.ts';
import { parseSiteConfig } from './site-config.ts';

let root: string;
let server: Server;

const CONFIG = JSON.stringify({
  root: 'public/',
  clean_urls: true,
  https_only: true,
  routes: { '/app/**': 'app.html' },
  headers: { '/assets/**': { 'Cache-Control': 'public, max-age=9' } },
  redirects: { '/old': { url: '/about', status: 302 } },
  error_page: 'lost.html',
});

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'site-'));
  const folder = join(root, 'public');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await mkdir(join(folder, 'docs'));
  for (const name of ['index', 'about', 'app', 'lost', 'docs/index'])
    await writeFile(join(folder, `${name}.html`), name);
  await writeFile(join(folder, 'assets/site.css'), 'a{}'.repeat(500));
  await writeFile(join(folder, 'assets/film.mp4'), Buffer.alloc(2 * 1024 * 1024, 'film'));
  await writeFile(join(folder, '.secret'), 'hidden');
  await writeFile(join(root, 'outside.txt'), 'outside');
  await symlink('../outside.txt', join(folder, 'link.txt'));
  server = createServer(await serveSite(folder, parseSiteConfig(CONFIG, []), null));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(root, { recursive: true });
});

async function ask(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ head: IncomingMessage; body: Buffer }> {
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', path, headers });
  const [head] = (await once(request, 'response')) as [IncomingMessage];
  return { head, body: await buffer(head) };
}

describe('a static site', () => {
  test.each([
    ['/', 200, 'index'],
    ['/about', 200, 'about'],
    ['/docs', 200, 'docs/index'],
    ['/docs/', 200, 'docs/index'],
    ['/app/any/where', 200, 'app'],
    ['/none', 404, 'lost'],
    ['/.secret', 404, 'lost'],
    ['/link.txt', 404, 'lost'],
  ])('answers %s with %i and %s', async (path, status, text) => {
    const { head, body } = await ask(path);
    expect([head.statusCode, body.toString()]).toEqual([status, text]);
  });

  test.each(['/../outside.txt', '/%2e%2e/outside.txt', '/a%00b', '/%zz'])('refuses %s', async (path) => {
    const { head, body } = await ask(path);
    expect(head.statusCode).toBe(400);
    expect(body.toString()).toBe('');
  });

  test('redirects as configured, to the clean address, and to https', async () => {
    expect((await ask('/old')).head).toMatchObject({ statusCode: 302, headers: { location: '/about' } });
    expect((await ask('/about.html')).head).toMatchObject({ statusCode: 301, headers: { location: '/about' } });
    expect((await ask('/index.html')).head.headers.location).toBe('/');
    const plain = await ask('/about?x=1', { 'x-forwarded-proto': 'http', host: 'shop.example.com' });
    expect(plain.head.headers.location).toBe('https://shop.example.com/about?x=1');
  });

  test('compresses, tags, and answers 304 to who has it already', async () => {
    const zipped = await ask('/assets/site.css', { 'accept-encoding': 'gzip' });
    expect(zipped.head.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=9',
      vary: 'accept-encoding',
    });
    expect(gunzipSync(zipped.body).toString()).toBe('a{}'.repeat(500));
    const tag = String(zipped.head.headers.etag);
    const again = await ask('/assets/site.css', { 'accept-encoding': 'gzip', 'if-none-match': tag });
    expect([again.head.statusCode, again.body.length]).toEqual([304, 0]);
    expect((await ask('/assets/site.css', { 'if-none-match': tag })).head.statusCode).toBe(200);
  });

  test('sends parts of large files, which players ask for', async () => {
    const part = await ask('/assets/film.mp4', { range: 'bytes=4-7' });
    expect([part.head.statusCode, part.body.toString()]).toEqual([206, 'film']);
    expect(part.head.headers).toMatchObject({ 'content-range': 'bytes 4-7/2097152', 'content-type': 'video/mp4' });
    expect((await ask('/assets/film.mp4', { range: 'bytes=-2' })).body.toString()).toBe('lm');
    expect((await ask('/assets/film.mp4', { range: 'bytes=2097152-' })).head.statusCode).toBe(416);
    expect((await ask('/assets/film.mp4')).body.length).toBe(2_097_152);
    expect((await ask('/about', { range: 'lines=1-2' })).body.toString()).toBe('about');
  });

  test('asks for a login, and sends people to its one host, when configured so', async () => {
    const config = parseSiteConfig('{"root":"public","basic_auth":true,"canonical_host":"www.example.com"}', []);
    const site = createServer(await serveSite(join(root, 'public'), config, { username: 'me', password: 'pass:word' }));
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    const { port } = site.address() as AddressInfo;
    const at = async (headers: Record<string, string>): Promise<IncomingMessage> => {
      const [head] = (await once(get({ port, host: '127.0.0.1', path: '/', headers }), 'response')) as [
        IncomingMessage,
      ];
      head.resume();
      return head;
    };
    const login = (text: string): Record<string, string> => ({
      host: 'www.example.com',
      authorization: `Basic ${Buffer.from(text).toString('base64')}`,
    });
    expect((await at({ host: 'example.com' })).headers.location).toBe('http://www.example.com/');
    expect((await at({ host: 'www.example.com' })).statusCode).toBe(401);
    expect((await at(login('me:wrong'))).statusCode).toBe(401);
    expect((await at(login('me:pass:word'))).statusCode).toBe(200);
    site.closeAllConnections();
    site.close();
  });

  test('takes only GET and HEAD', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/about`;
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    expect(await (await fetch(url, { method: 'HEAD' })).text()).toBe('');
  });
});

describe('static.json', () => {
  test('may be missing: the root is where index.html is', () => {
    expect(parseSiteConfig(null, ['index.html']).root).toBe('.');
    expect(parseSiteConfig(null, ['public']).root).toBe('public');
    expect(parseSiteConfig('{}', ['public_html', 'public']).root).toBe('public_html');
  });

  test.each([
    ['{', /not valid JSON/],
    ['[]', /must hold an object/],
    ['{"root":"../etc"}', /must be a folder inside the app/],
    ['{"routes":{"/**":5}}', /routes/],
    ['{"headers":{"/":{"X-A":"a\\nb"}}}', /is not a header/],
    ['{"redirects":{"/a":{"url":"/b","status":200}}}', /301, 302/],
    ['{"proxies":{"/api/":{"origin":"https://x"}}}', /Call the other app by its URL/],
    ['{"canonical_host":"a/b"}', /must be a host name/],
  ])('that cannot be used is an error: %s', (text, message) => {
    expect(() => parseSiteConfig(text, [])).toThrow(message);
  });
});
