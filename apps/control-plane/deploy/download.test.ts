import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { download } from './download.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const { signal } = new AbortController();
const anywhere = { signal, mayReach: () => true };

test('gives what is at the URL, after redirects', async () => {
  const origin = await serve((request, response) => {
    if (request.url === '/end') response.end('content');
    else response.writeHead(302, { location: '/end' }).end();
  });
  expect(await text(await download(`${origin}/start`, anywhere))).toBe('content');
});

test('follows no endless redirects', async () => {
  const origin = await serve((_request, response) => response.writeHead(302, { location: '/again' }).end());
  await expect(download(origin, anywhere)).rejects.toThrow(/more than 5 redirects/);
});

test('checks where a redirect leads, by address and by name', async () => {
  let location = '';
  const origin = await serve((_request, response) => response.writeHead(302, { location }).end());
  const port = new URL(origin).port;
  let asked = 0;
  const once = { signal, mayReach: () => asked++ === 0 };
  location = 'http://169.254.169.254/';
  await expect(download(origin, once)).rejects.toThrow(/public internet/);
  asked = 0;
  location = `http://localhost:${port}/`;
  await expect(download(origin, once)).rejects.toThrow(/public internet/);
  await expect(download(`http://2130706433:${port}/`, { signal })).rejects.toThrow(/public internet/);
});

test('a host of the operator is reached whatever its address is, and leads to no other', async () => {
  let location = '/end';
  const origin = await serve((request, response) => {
    if (request.url === '/end') response.end('content');
    else response.writeHead(302, { location }).end();
  });
  const trusted = { signal, trustedHosts: ['127.0.0.1'] };
  expect(await text(await download(`${origin}/start`, trusted))).toBe('content');
  location = `http://localhost:${new URL(origin).port}/end`;
  await expect(download(`${origin}/start`, trusted)).rejects.toThrow(/public internet/);
});

test('a page that is not there, a server that is not there and another protocol each say so without secrets', async () => {
  const origin = await serve((_request, response) => response.writeHead(404).end());
  await expect(download(`${origin}/a?token=s3cret`, anywhere)).rejects.toThrow(/status 404/);
  await expect(download(`${origin}/a?token=s3cret`, anywhere)).rejects.not.toThrow(/s3cret/);
  await expect(download('http://127.0.0.1:1/', anywhere)).rejects.toThrow(/refuses the connection/);
  await expect(download('ftp://example.com/', anywhere)).rejects.toThrow(/must begin with http/);
});

test('ends with its signal', async () => {
  const origin = await serve(() => undefined);
  const stop = new AbortController();
  const asked = download(origin, { ...anywhere, signal: stop.signal });
  stop.abort();
  await expect(asked).rejects.toThrow();
});
