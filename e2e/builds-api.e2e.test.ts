import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Installation } from './harness/installation.ts';
import { type Files, sampleApp, type WorkingCopy, workingCopy } from './harness/sample-app.ts';
import { sharedInstallation } from './harness/shared-installation.ts';

const exec = promisify(execFile);
type Json = Readonly<Record<string, unknown>> & { readonly id: string };

/** Deploying without git: what scripts and other tools do through the API. */
describe('builds, slugs and set-ups through the API', () => {
  const app = `api-${Date.now().toString(36)}`;
  let platform: Installation;
  const copies: WorkingCopy[] = [];

  beforeAll(async () => {
    platform = await sharedInstallation();
  });
  afterAll(async () => {
    for (const copy of copies) await copy.remove();
  });

  const api = async <Body = Json>(method: string, path: string, body?: unknown): Promise<Body> => {
    const response = await platform.api(method, path, body);
    const answer = (await response.json()) as Body;
    expect(response.status, `${method} ${path}: ${JSON.stringify(answer)}`).toBeLessThan(300);
    return answer;
  };
  const archiveOf = async (files: Files): Promise<Buffer> => {
    const copy = await workingCopy(platform, files);
    copies.push(copy);
    const { stdout } = await exec('git', ['archive', '--format=tar.gz', '--prefix=shop-1a2b3c/', 'HEAD'], {
      cwd: copy.folder,
      encoding: 'buffer',
    });
    return stdout;
  };
  const put = async (url: string, content: Buffer): Promise<void> => {
    const response = await fetch(url, { method: 'PUT', body: new Uint8Array(content) });
    expect(response.status, await response.text()).toBe(200);
  };
  const upload = async (content: Buffer): Promise<string> => {
    const { source_blob: urls } = await api<{ source_blob: { put_url: string; get_url: string } }>('POST', '/sources');
    await put(urls.put_url, content);
    return urls.get_url;
  };
  const pageOf = async (name: string): Promise<unknown> => (await platform.fetchApp(name)).json();
  const checksumOf = (content: Buffer): string => `SHA256:${createHash('sha256').update(content).digest('hex')}`;

  test('an uploaded source is built while its output is read, and the URL answers', async () => {
    await api('POST', '/apps', { name: app });
    const content = await archiveOf(sampleApp('one'));
    const build = await api<Json & { output_stream_url: string }>('POST', `/apps/${app}/builds`, {
      source_blob: { url: await upload(content), checksum: checksumOf(content), version: 'v1.3.0' },
    });
    const output = await (await fetch(build.output_stream_url)).text();
    expect(output).toContain('-----> Node.js app detected');
    expect(output).toMatch(/Released v3[\s\S]*Took [\d.]+ s: start/);
    expect(await api('GET', `/apps/${app}/builds/${build.id}`)).toMatchObject({ status: 'succeeded' });
    expect(await pageOf(app)).toMatchObject({ version: 'one' });
  });

  test('its slug is downloaded, uploaded to another app and released there', async () => {
    const release = await api<Json & { slug: Json }>('GET', `/apps/${app}/releases/3`);
    const slug = await api<{ blob: { url: string } }>('GET', `/apps/${app}/slugs/${release.slug.id}`);
    const content = Buffer.from(await (await fetch(slug.blob.url)).arrayBuffer());
    await api('POST', '/apps', { name: `${app}-copy` });
    const copy = await api<Json & { blob: { url: string } }>('POST', `/apps/${app}-copy/slugs`, {
      process_types: { web: 'node web.js' },
      checksum: checksumOf(content),
    });
    await put(copy.blob.url, content);
    await api('POST', `/apps/${app}-copy/releases`, { slug: copy.id });
    await expect.poll(() => pageOf(`${app}-copy`)).toMatchObject({ version: 'one' });
  });

  test('a slug of one app is released on another as it is', async () => {
    const { slug } = await api<Json & { slug: Json }>('GET', `/apps/${app}/releases/3`);
    const promoted = await api<Json & { slug: Json; version: number }>('POST', `/apps/${app}-copy/releases`, {
      slug: slug.id,
      description: `Promote ${app} v3`,
    });
    const sizeOf = async (name: string, id: string): Promise<unknown> => {
      const { size, commit, process_types: types } = await api('GET', `/apps/${name}/slugs/${id}`);
      return { size, commit, types };
    };
    expect(await sizeOf(`${app}-copy`, promoted.slug.id)).toEqual(await sizeOf(app, slug.id));
    await expect.poll(() => pageOf(`${app}-copy`)).toMatchObject({ version: 'one' });
  });

  test('an app.json sets an app up, with its postdeploy script', async () => {
    const content = await archiveOf({
      ...sampleApp('two'),
      'app.json': JSON.stringify({
        env: { GREETING: { value: 'olá' }, KEY: { generator: 'secret' } },
        formation: { web: { quantity: 1 }, worker: { quantity: 0 } },
        scripts: { postdeploy: 'echo "seeded with $GREETING"' },
      }),
    });
    const started = await api('POST', '/app-setups', {
      source_blob: { url: await upload(content) },
      app: { name: `${app}-set` },
    });
    await expect
      .poll(() => api('GET', `/app-setups/${started.id}`), { timeout: 200_000, interval: 250 })
      .toMatchObject({
        status: 'succeeded',
        postdeploy: { output: expect.stringContaining('seeded with olá'), exit_code: 0 },
      });
    expect(await pageOf(`${app}-set`)).toMatchObject({ version: 'two', greeting: 'olá' });
  });

  test('the source of a metadata service is not fetched, and the app serves on', async () => {
    const build = await api<Json & { output_stream_url: string }>('POST', `/apps/${app}/builds`, {
      source_blob: { url: 'http://169.254.169.254/latest/meta-data' },
    });
    expect(await (await fetch(build.output_stream_url)).text()).toContain('not one of the public internet');
    expect(await pageOf(app)).toMatchObject({ version: 'one' });
    for (const name of [app, `${app}-copy`, `${app}-set`]) await api('DELETE', `/apps/${name}`);
  });
});
