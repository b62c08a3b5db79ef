import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryEngine } from '@jangada/conformance';
import { expect, test } from 'vitest';
import { createTestApi } from '../../http/testing/test-api.ts';

async function archive(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'setup-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const packed = execFileSync('tar', ['-cz', '-C', folder, '.']);
  await rm(folder, { recursive: true });
  return packed;
}

/** Sets `shop` up from a source with this app.json, to the end. */
async function setUp(
  appJson: object | string | null,
  overrides: object = {},
  more: { readonly files?: Readonly<Record<string, string>>; readonly app?: object } = {},
) {
  const engine = createMemoryEngine();
  const api = await createTestApi({ engine, terminals: engine });
  const text = typeof appJson === 'string' ? appJson : JSON.stringify(appJson);
  const { source_blob: urls } = (await api.call('POST /sources')).body;
  const source = await archive({ a: '', ...(appJson === null ? {} : { 'app.json': text }), ...more.files });
  await api.call(`PUT ${new URL(urls.put_url).pathname}`, source);
  const started = await api.call('POST /app-setups', {
    source_blob: { url: urls.get_url, version: 'v7' },
    app: { name: 'shop', ...more.app },
    overrides,
  });
  expect(started).toMatchObject({ status: 202, body: { status: 'pending', app: { name: 'shop' } } });
  let setup = started.body;
  await expect
    .poll(async () => {
      setup = (await api.call(`GET /app-setups/${started.body.id}`)).body;
      return setup.status;
    })
    .not.toBe('pending');
  return { api, setup };
}

test('an app.json becomes an app with config vars, buildpacks, formation and a first release', async () => {
  const { api, setup } = await setUp(
    {
      env: { ZONE: 'eu', SECRET_KEY: { generator: 'secret' }, KEY: {} },
      buildpacks: [{ url: 'heroku/nodejs' }],
      formation: { web: { quantity: 2, size: 'standard-2x' }, worker: { quantity: 1 } },
      success_url: '/welcome',
    },
    { env: { KEY: 'mine' } },
  );
  expect(setup).toMatchObject({ status: 'succeeded', failure_message: null, build: { status: 'succeeded' } });
  expect(setup.resolved_success_url).toMatch(/^http:\/\/shop\..*\/welcome$/);
  const { body: config } = await api.call('GET /apps/shop/config-vars');
  expect(config).toEqual({ ZONE: 'eu', KEY: 'mine', SECRET_KEY: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect((await api.call('GET /apps/shop/formation')).body).toMatchObject([
    { type: 'web', quantity: 2, size: 'Standard-2X' },
  ]);
  expect((await api.call('GET /apps/shop/buildpack-installations')).body).toMatchObject([
    { buildpack: { name: 'heroku/nodejs' } },
  ]);
  expect((await api.call('GET /apps/shop/releases/current')).body.description).toBe('Deploy v7');
});

test('add-ons are named as not available, and the app is set up without them', async () => {
  const { api, setup } = await setUp({ addons: ['heroku-postgresql'] });
  expect(setup.status).toBe('succeeded');
  const { body } = await api.call(`GET /apps/shop/builds/${setup.build.id}/result`);
  expect(body.lines[0].line).toContain('does not set up: heroku-postgresql');
});

test('a missing config var and an invalid app.json are told, and no app is left', async () => {
  const missing = await setUp({ env: { KEY: {} } });
  expect(missing.setup).toMatchObject({ status: 'failed', build: null });
  expect(missing.setup.manifest_errors).toEqual([expect.stringContaining('"KEY" is required')]);
  expect((await missing.api.call('GET /apps/shop')).status).toBe(404);
  expect((await setUp('{,}')).setup.manifest_errors).toEqual([expect.stringContaining('not valid JSON')]);
  expect((await setUp(null)).setup.failure_message).toContain('no app.json');
});

test('a reserved config var fails the set-up with the rule', async () => {
  const { setup } = await setUp({ env: { HEROKU_APP_ID: 'x' } });
  expect(setup.failure_message).toContain('reserved');
});

test('another person does not see a set-up', async () => {
  const { api, setup } = await setUp({});
  const stranger = await api.addPerson('bia@example.com');
  expect((await api.call(`GET /app-setups/${setup.id}`, undefined, { as: stranger })).status).toBe(404);
});

const YML = `setup:
  addons: [{plan: heroku-redis}]
  config: {ZONE: yml, MODE: yml}
build: {docker: {web: Dockerfile}}
`;

test('on the container stack the heroku.yml sets the app up too, under what the app.json and the person say', async () => {
  const { api, setup } = await setUp({ stack: 'container', env: { ZONE: 'eu' } }, {}, { files: { 'heroku.yml': YML } });
  expect(setup).toMatchObject({ status: 'succeeded', failure_message: null });
  expect((await api.call('GET /apps/shop/config-vars')).body).toEqual({ ZONE: 'eu', MODE: 'yml' });
  expect((await api.call('GET /apps/shop')).body.build_stack.name).toBe('container');
  expect((await api.logOf('shop')).join()).toContain('does not set up: heroku-redis');
});

test('a heroku.yml needs no app.json, is checked, and counts for nothing on another stack', async () => {
  const app = { stack: 'container' };
  expect((await setUp(null, {}, { app, files: { 'heroku.yml': YML } })).setup.status).toBe('succeeded');
  const broken = await setUp(null, {}, { app, files: { 'heroku.yml': 'bild: {}' } });
  expect(broken.setup.manifest_errors).toEqual([expect.stringContaining('unknown key "bild"')]);
  const plain = await setUp({ stack: 'heroku-22' }, {}, { files: { 'heroku.yml': YML } });
  expect((await plain.api.call('GET /apps/shop/config-vars')).body).toEqual({});
  expect((await plain.api.call('GET /apps/shop')).body.stack.name).toBe('heroku-24');
  expect((await setUp({ stack: 'windows' })).setup.failure_message).toContain('stack windows');
});
