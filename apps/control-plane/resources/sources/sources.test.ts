import { expect, test } from 'vitest';
import { createTestApi } from '../../http/testing/test-api.ts';
import { SOURCE_LIFE_MS } from './url.ts';

const pathOf = (url: string): string => new URL(url).pathname;

async function newSource() {
  const api = await createTestApi();
  const { status, body } = await api.call('POST /sources');
  expect(status).toBe(201);
  const { get_url, put_url } = body.source_blob;
  return { api, get: `GET ${pathOf(get_url)}`, put: `PUT ${pathOf(put_url)}` };
}

test('whoever has the URL stores a source of any content type and reads it back, byte for byte', async () => {
  const { api, get, put } = await newSource();
  const content = Buffer.from([0, 1, 2, 255, 123]);
  const stored = await api.call(put, content, { as: null, headers: { 'content-type': 'application/x-tar' } });
  expect(stored.status).toBe(200);
  const answer = await api.server.inject({ method: 'GET', url: get.slice(4) });
  expect(answer.rawPayload).toEqual(content);
  expect(answer.headers['content-length']).toBe('5');
});

test('a source is stored once: what its URL gives never changes', async () => {
  const { api, put } = await newSource();
  await api.call(put, Buffer.from('one'));
  expect(await api.call(put, Buffer.from('two'))).toMatchObject({ status: 409, body: { id: 'conflict' } });
});

test('a source that is not there yet, whose time is over or whose URL is for the other use is not found', async () => {
  const { api, get, put } = await newSource();
  expect(await api.call(get)).toMatchObject({ status: 404, body: { resource: 'source' } });
  expect((await api.call(get.replace('GET', 'PUT'), Buffer.from('x'))).status).toBe(404);
  expect((await api.call(`${put}x`, Buffer.from('x'))).status).toBe(404);
  await api.call(put, Buffer.from('x'));
  await api.clock.advance(SOURCE_LIFE_MS);
  expect((await api.call(get)).status).toBe(404);
});

test('nobody gets a place for a source without an account', async () => {
  const { api } = await newSource();
  expect((await api.call('POST /sources', undefined, { as: null })).status).toBe(401);
});
