import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { BuildRequest, BuildResult } from '@jangada/builder';
import { expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../http/testing/test-api.ts';

const ARCHIVE = gzipSync(Buffer.alloc(1_024));

/** An app `shop`, and the get_url of a source that was uploaded. */
async function appWithSource(build?: (request: BuildRequest, signal: AbortSignal) => Promise<BuildResult>) {
  const api = await createTestApi({}, build);
  await api.call('POST /apps', { name: 'shop' });
  return { api, url: await upload(api, ARCHIVE) };
}

async function upload(api: TestApi, content: Buffer): Promise<string> {
  const { source_blob: urls } = (await api.call('POST /sources')).body;
  const put = await api.call(`PUT ${pathOf(urls.put_url)}`, content, { as: null });
  expect(put.status).toBe(200);
  return urls.get_url;
}

const pathOf = (url: string): string => new URL(url).pathname;

async function ended(api: TestApi, id: string) {
  for (let tries = 0; tries < 200; tries++) {
    const { body } = await api.call(`GET /apps/shop/builds/${id}`);
    if (body.status !== 'pending') return body;
    await sleep(10);
  }
  throw new Error('The build does not end.');
}

/** A build that runs until it is cancelled. */
async function endless(_request: BuildRequest, signal: AbortSignal): Promise<BuildResult> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  return { ok: false, failure: { kind: 'cancelled' }, buildpackDescription: null, buildpacks: [], phases: [] };
}

test('an uploaded source becomes a build, a slug and a release', async () => {
  const { api, url } = await appWithSource();
  const blob = { url, version: 'v1.3.0', version_description: 'Faster' };
  const { status, body: build } = await api.call('POST /apps/shop/builds', { source_blob: blob });
  expect(status).toBe(201);
  expect(build).toMatchObject({ status: 'pending', source_blob: { version: 'v1.3.0', version_description: 'Faster' } });
  const { body: output } = await api.call(`GET ${pathOf(build.output_stream_url)}`, undefined, { as: null });
  expect(output).toContain(`-----> Built ${ARCHIVE.length} bytes\n`);
  expect(output).toContain('Released v3');
  expect(output).toContain('       Took 0.8 s: unpack 0.3, compress 0.5\n');
  expect(await ended(api, build.id)).toMatchObject({
    status: 'succeeded',
    phases: [
      { name: 'unpack', seconds: 0.25 },
      { name: 'compress', seconds: 0.5 },
    ],
  });
  const { body: release } = await api.call('GET /apps/shop/releases/3');
  expect(release).toMatchObject({ description: 'Deploy v1.3.0', status: 'succeeded' });
});

test('the result of a build is its output line by line, once it is over', async () => {
  const { api, url } = await appWithSource();
  const { body: build } = await api.call('POST /apps/shop/builds', { source_blob: { url } });
  await ended(api, build.id);
  const { body } = await api.call(`GET /apps/shop/builds/${build.id}/result`);
  expect(body).toMatchObject({ exit_code: 0, build: { id: build.id, status: 'succeeded' } });
  expect(body.lines[0]).toEqual({ line: `-----> Built ${ARCHIVE.length} bytes\n`, stream: 'STDOUT' });
});

test('buildpacks of the request are for this build alone, and must be readable', async () => {
  const seen: (readonly string[])[] = [];
  const { api, url } = await appWithSource(async (request, signal) => {
    seen.push(request.buildpacks);
    return endless(request, signal);
  });
  const bad = await api.call('POST /apps/shop/builds', { source_blob: { url }, buildpacks: [{ url: 'bad' }] });
  expect(bad).toMatchObject({ status: 422, body: { message: expect.stringContaining('"bad" is not a buildpack') } });
  const { body: build } = await api.call('POST /apps/shop/builds', {
    source_blob: { url },
    buildpacks: [{ name: 'heroku/go' }],
  });
  await expect.poll(() => seen).toEqual([['heroku/go']]);
  await api.call(`DELETE /apps/shop/builds/${build.id}`);
});

test('a second build of the same app is told that one runs; cancelling ends that one and says so', async () => {
  const { api, url } = await appWithSource(endless);
  const { body: build } = await api.call('POST /apps/shop/builds', { source_blob: { url } });
  const second = await api.call('POST /apps/shop/builds', { source_blob: { url } });
  expect(second).toMatchObject({ status: 409, body: { id: 'conflict' } });
  expect((await api.call('DELETE /apps/shop/build-cache')).status).toBe(409);

  const cancelled = await api.call(`DELETE /apps/shop/builds/${build.id}`);
  expect(cancelled).toMatchObject({ status: 200, body: { status: 'failed', release: null } });
  const { body: output } = await api.call(`GET ${pathOf(build.output_stream_url)}`, undefined, { as: null });
  expect(output).toContain('the build was cancelled');
  expect(await api.call(`DELETE /apps/shop/builds/${build.id}`)).toMatchObject({ status: 422 });
  expect((await api.call('POST /apps/shop/builds', { source_blob: { url } })).status).toBe(201);
});

test('an error of ours ends the build too, so that the next one can run', async () => {
  const { api, url } = await appWithSource(() => Promise.reject(new Error('secret detail')));
  const { body: build } = await api.call('POST /apps/shop/builds', { source_blob: { url } });
  expect(await ended(api, build.id)).toMatchObject({ status: 'failed' });
  const { body: output } = await api.call(`GET ${pathOf(build.output_stream_url)}`, undefined, { as: null });
  expect(output).not.toContain('secret detail');
});

test.each([
  ['http://127.0.0.1:1/x.tgz', /not one of the public internet/],
  ['http://[::1]/x.tgz', /not one of the public internet/],
  ['http://169.254.169.254/latest/meta-data', /not one of the public internet/],
  ['http://localhost:5000/x.tgz', /not one of the public internet/],
  ['file:///etc/passwd', /must begin with http/],
  ['http://127.0.0.1:5000/sources/forged.token', /not one of the public internet/],
])('the source %s is not fetched', async (url, reason) => {
  const { api } = await appWithSource();
  const { body: build } = await api.call('POST /apps/shop/builds', { source_blob: { url } });
  expect(await ended(api, build.id)).toMatchObject({ status: 'failed' });
  const { body } = await api.call(`GET /apps/shop/builds/${build.id}/result`);
  expect(JSON.stringify(body.lines)).toMatch(reason);
});

test('a source with another checksum, or that is no archive, is not built', async () => {
  const { api, url } = await appWithSource();
  const wrong = { url, checksum: `SHA256:${'0'.repeat(64)}` };
  const { body: first } = await api.call('POST /apps/shop/builds', { source_blob: wrong });
  expect(await ended(api, first.id)).toMatchObject({ status: 'failed', source_blob: { checksum: wrong.checksum } });
  const picture = await upload(api, Buffer.from('GIF8'));
  const { body: second } = await api.call('POST /apps/shop/builds', { source_blob: { url: picture } });
  await ended(api, second.id);
  const { body } = await api.call(`GET /apps/shop/builds/${second.id}/result`);
  expect(JSON.stringify(body.lines)).toContain('It is neither a tar nor a zip archive.');
});
