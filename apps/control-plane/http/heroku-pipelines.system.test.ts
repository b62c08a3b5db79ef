import { DEFAULT_SETTINGS, type Release, systemClock, systemIds } from '@jangada/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finishRelease } from '../resources/releases/append.ts';
import { type CliResult, type HerokuCli, openHerokuCli } from './testing/heroku-cli.ts';
import { createTestApi, type TestApi } from './testing/test-api.ts';

/** The unmodified CLI with pipelines, against the API on adapters in memory; the tests tell one story in order. */
let api: TestApi;
let cli: HerokuCli;

const heroku = async (...argv: readonly string[]): Promise<CliResult> => {
  const result = await cli.run(...argv);
  expect(result, `heroku ${argv.join(' ')}`).toMatchObject({ code: 0 });
  return result;
};

const refused = async (...argv: readonly string[]): Promise<string> => {
  const { code, stderr } = await cli.run(...argv);
  expect(code, `heroku ${argv.join(' ')}`).not.toBe(0);
  return stderr.replaceAll(/\s+›?\s*/g, ' ');
};

beforeAll(async () => {
  const settings = { ...DEFAULT_SETTINGS, installId: '0123456789ab' };
  api = await createTestApi({ clock: systemClock, ids: systemIds, settings });
  cli = await openHerokuCli(await api.server.listen({ host: '127.0.0.1', port: 0 }), api.ana.token);
  for (const name of ['shop-dev', 'shop-staging', 'shop', 'shop-eu']) await api.call('POST /apps', { name });
});

afterAll(async () => {
  await cli[Symbol.asyncDispose]();
  await api.server.close();
});

test('pipelines:create makes a pipeline with its first app, pipelines:add adds others', async () => {
  const created = (await heroku('pipelines:create', 'shop-line', '-a', 'shop-staging', '-s', 'staging')).stderr;
  expect(created).toMatch(
    /Creating shop-line pipeline\.\.\. done\s+Adding \S*\s*shop-staging to .*shop-line pipeline as staging/,
  );
  await heroku('pipelines:add', 'shop-line', '-a', 'shop', '-s', 'staging');
  await heroku('pipelines:add', 'shop-line', '-a', 'shop-eu', '-s', 'production');
  expect(await refused('pipelines:add', 'shop-line', '-a', 'shop', '-s', 'review')).toContain('in a pipeline already');
  expect(await refused('pipelines:add', 'none', '-a', 'shop-dev', '-s', 'review')).toContain('Pipeline not found');
});

test('pipelines, pipelines:info, pipelines:update and apps:info tell and change where apps are', async () => {
  await heroku('pipelines:update', '-a', 'shop', '-s', 'production');
  expect((await heroku('pipelines')).stdout).toContain('shop-line');
  const info = (await heroku('pipelines:info', 'shop-line')).stdout;
  expect(info).toContain('owner: ana@example.com');
  for (const row of [/shop-staging\s+staging/, /shop\s+production/, /shop-eu\s+production/]) expect(info).toMatch(row);
  expect((await heroku('apps:info', '-a', 'shop')).stdout).toMatch(/Pipeline:\s+\S*\s*shop-line - production/);
  const { pipeline, apps } = JSON.parse((await heroku('pipelines:info', 'shop-line', '--json')).stdout);
  expect([pipeline.name, apps.length]).toEqual(['shop-line', 3]);
});

test('pipelines:promote releases on every app downstream, or on those of --to', async () => {
  expect(await refused('pipelines:promote', '-a', 'shop-staging')).toContain('it runs no code yet');
  await api.deploy(await api.appNamed('shop-staging'), { web: 'npm start' });
  const all = (await heroku('pipelines:promote', '-a', 'shop-staging')).stdout;
  for (const text of ['Starting promotion to production', 'Promotion successful']) expect(all).toContain(text);
  for (const app of ['shop', 'shop-eu']) {
    expect(all).toMatch(new RegExp(`${app}:\\s+succeeded`));
    expect((await heroku('releases', '-a', app)).stdout).toMatch(/v3\s+Promote shop-staging v3 582fc95a/);
  }
  const one = (await heroku('pipelines:promote', '-a', 'shop-staging', '--to', 'shop')).stdout;
  expect(one).toContain('Starting promotion to apps: shop');
  expect((await heroku('releases', '-a', 'shop', '--json')).stdout).toContain('"version": 4');
  expect((await heroku('releases', '-a', 'shop-eu', '--json')).stdout).not.toContain('"version": 4');
  expect(await refused('pipelines:promote', '-a', 'shop')).toContain("Cannot promote shop from 'production' stage");
  expect(await refused('pipelines:promote', '-a', 'shop-dev')).toContain("Couldn't find that pipeline coupling.");
});

test('pipelines:promote shows the output of the release command, and its failure with what to do', async () => {
  const { context } = api;
  const source = await api.appNamed('shop-staging');
  const pendingOf = async (appId: string): Promise<Release | null> =>
    context.store.rows.releases.find({ appId, status: 'pending' });
  const end = (release: Release, status: 'succeeded' | 'failed') =>
    context.store.transaction((tx) => finishRelease(context, tx, release, status));
  await api.deploy(source, { web: 'npm start', release: 'npm run migrate' });
  await end((await pendingOf(source.id))!, 'succeeded');
  const { id } = await api.appNamed('shop');
  for (const status of ['succeeded', 'failed'] as const) {
    const promoting = cli.start('pipelines:promote', '-a', 'shop-staging', '--to', 'shop');
    // It reads the output of a release that it has seen under way, and of no other.
    await promoting.printed('Running release command...');
    const release = await pendingOf(id);
    await context.outputs.append(release!.outputStreamId!, Buffer.from('migrated\n'));
    await end(release!, status);
    await context.outputs.finish(release!.outputStreamId!);
    const { code, stdout } = await promoting.ended;
    expect(stdout).toMatch(/Running release command\.\.\.\s+migrated/);
    expect([code, stdout]).toEqual(
      status === 'succeeded'
        ? [0, expect.stringContaining('Promotion successful')]
        : [1, expect.stringContaining(`heroku releases:output v${release!.version} -a shop`)],
    );
  }
});

test('pipelines:remove, pipelines:rename and pipelines:destroy', async () => {
  await heroku('pipelines:remove', '-a', 'shop-eu');
  expect((await heroku('pipelines:info', 'shop-line')).stdout).not.toContain('shop-eu');
  await heroku('pipelines:rename', 'shop-line', 'store-line');
  expect((await heroku('pipelines')).stdout).toContain('store-line');
  await heroku('pipelines:destroy', 'store-line');
  expect((await heroku('pipelines')).stdout).not.toContain('store-line');
  expect((await heroku('apps')).stdout).toContain('shop-eu');
});

test('pipelines:transfer gives a pipeline and its apps to somebody who shares an app', async () => {
  await api.addPerson('bia@example.com');
  await heroku('pipelines:create', 'last-line', '-a', 'shop', '-s', 'production');
  const give = ['pipelines:transfer', 'bia@example.com', '-p', 'last-line', '-c', 'last-line'];
  expect(await refused(...give)).toContain('Cannot find a team or account for "bia@example.com"');
  await heroku('access:add', 'bia@example.com', '-a', 'shop');
  await heroku(...give);
  expect((await heroku('pipelines:info', 'last-line')).stdout).toContain('owner: bia@example.com');
  expect((await heroku('access', '-a', 'shop')).stdout).toMatch(/bia@example\.com\s+owner/);
});
