import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Context } from '../context.ts';
import { createTestApi } from '../http/testing/test-api.ts';
import { createSource } from '../resources/sources/create.ts';
import { MAX_ACCOUNT_BYTES } from '../resources/sources/hold.ts';
import { obtainArchive } from './obtain-source.ts';

const FOREVER = new AbortController().signal;
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/app.tgz') response.end(gzipSync(Buffer.alloc(1_024)));
    else response.write('endless');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/app.tgz`;
});
afterAll(() => server.close());

async function obtaining(change: Partial<Context> = {}) {
  const api = await createTestApi({ downloadHosts: ['127.0.0.1'], ...change });
  return { ...api, obtain: () => obtainArchive(api.context, api.ana.account.id, { url }, FOREVER) };
}

test('an archive is fetched from the URL that it is named by', async () => {
  const { obtain } = await obtaining();
  expect(await obtain()).toMatchObject({ format: 'gzip' });
});

test('an archive is not fetched when there is no room for it', async () => {
  const { obtain, context } = await obtaining({ freeBytes: async () => 0 });
  await expect(obtain()).rejects.toMatchObject({ id: 'disk_full' });
  expect(await Array.fromAsync(context.blobs.list())).toEqual([]);
});

test('a download that is refused does not keep its connection', async () => {
  const { context, ana } = await obtaining({ freeBytes: async () => 0 });
  const closed = new Promise<void>((resolve) => server.once('connection', (socket) => socket.once('close', resolve)));
  const endless = url.replace('app.tgz', 'endless');
  await expect(obtainArchive(context, ana.account.id, { url: endless }, FOREVER)).rejects.toMatchObject({
    id: 'disk_full',
  });
  await closed;
});

test('an archive that is fetched counts as one that is uploaded', async () => {
  const { obtain, context, ana } = await obtaining();
  const { id } = await createSource(context, ana.account.id);
  await context.store.rows.sources.update(id, { digest: `sha256:${'a'.repeat(64)}`, size: MAX_ACCOUNT_BYTES });
  await expect(obtain()).rejects.toMatchObject({ id: 'rate_limit' });
});
