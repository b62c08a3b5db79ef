import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate, type TestCertificate } from '@jangada/conformance';
import {
  DEFAULT_SETTINGS,
  formatBuildpackRegistry,
  type Home,
  homeLayout,
  registerBuildpack,
  systemClock,
  systemIds,
} from '@jangada/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliResult, type HerokuCli, openHerokuCli } from './testing/heroku-cli.ts';
import { createTestApi, type TestApi } from './testing/test-api.ts';

/** The unmodified CLI against the API on adapters in memory; the tests tell one story in order. */
let api: TestApi;
let cli: HerokuCli;

const heroku = async (...argv: readonly string[]): Promise<CliResult> => {
  const result = await cli.run(...argv);
  expect(result, `heroku ${argv.join(' ')}`).toMatchObject({ code: 0 });
  return result;
};

beforeAll(async () => {
  const home = homeLayout(await mkdtemp(join(tmpdir(), 'jangada-cli-')));
  await registerRust(home);
  api = await createTestApi({
    clock: systemClock,
    home,
    ids: systemIds,
    settings: { ...DEFAULT_SETTINGS, installId: '0123456789ab', acmeDirectory: 'http://127.0.0.1:1/' },
  });
  const url = await api.server.listen({ host: '127.0.0.1', port: 0 });
  cli = await openHerokuCli(url, api.ana.token);
});

afterAll(async () => {
  await cli[Symbol.asyncDispose]();
  await api.server.close();
  await rm(api.context.home.root, { recursive: true });
});

/** Two versions of a buildpack of the operator's. */
async function registerRust(home: Home): Promise<void> {
  const url = 'https://github.com/acme/rust-pack.git';
  const asked = { name: 'acme/rust', url, description: 'Apps that pass the borrow checker' };
  const first = registerBuildpack([], asked, new Date(Date.UTC(2026, 0, 1)));
  const second = registerBuildpack(first, { ...asked, url: `${url}#v2` }, new Date(Date.UTC(2026, 1, 1)));
  await mkdir(home.buildpacks, { recursive: true });
  await writeFile(join(home.buildpacks, 'registry.json'), formatBuildpackRegistry(second));
}

test('apps:create, apps and apps:info', async () => {
  expect((await heroku('apps:create', 'raft', '--no-remote')).stdout).toContain('http://raft.localhost:8080/');
  expect((await heroku('apps')).stdout).toContain('raft');
  const info = (await heroku('apps:info', '-a', 'raft')).stdout;
  for (const text of ['ana@example.com', 'heroku-24', 'https://127.0.0.1', 'local']) expect(info).toContain(text);
});

test('config:set, config:get, config:unset', async () => {
  const set = await heroku('config:set', 'GREETING=olá mundo', 'COLOR=blue', '-a', 'raft');
  expect(set.stderr).toContain('done, v3');
  expect((await heroku('config:get', 'GREETING', '-a', 'raft')).stdout).toBe('olá mundo\n');
  expect((await heroku('config:unset', 'COLOR', '-a', 'raft')).stderr).toContain('done, v4');
  expect((await heroku('config', '-a', 'raft', '--shell')).stdout).toBe("GREETING='olá mundo'\n");
});

test('ps:scale, ps:type and ps on a deployed app', async () => {
  await api.deploy(await api.appNamed('raft'), { web: 'node server.js', worker: 'node worker.js' });
  const scaled = await heroku('ps:scale', 'web=2:standard-2x', 'worker+1', '-a', 'raft');
  expect(scaled.stderr).toContain('web at 2:Standard-2X, worker at 1:Basic');
  expect((await heroku('ps:scale', '-a', 'raft')).stdout).toContain('web=2:Standard-2X worker=1:Basic');
  expect((await heroku('ps:type', 'worker=standard-1x', '-a', 'raft')).stdout).toContain('Standard-1X');
  expect((await heroku('ps', '-a', 'raft')).stdout).toContain('No dynos on');
  const unknown = await cli.run('ps:scale', 'clock=1', '-a', 'raft');
  expect(unknown.code).not.toBe(0);
  expect(unknown.stderr).toContain("Couldn't find that process type (clock).");
});

test('releases, releases:info and releases:rollback', async () => {
  await heroku('config:set', 'GREETING=bom dia', '-a', 'raft');
  const list = (await heroku('releases', '-a', 'raft')).stdout;
  for (const text of ['v5', 'Deploy 582fc95', 'Set GREETING config vars', 'ana@example.com'])
    expect(list).toContain(text);
  expect((await heroku('releases:info', 'v5', '-a', 'raft')).stdout).toContain('Deploy 582fc95');
  expect((await heroku('releases:rollback', '-a', 'raft')).stderr).toContain('done, v7');
  expect((await heroku('releases', '-a', 'raft')).stdout).toContain('Rollback to v5');
});

test('domains:add, domains and domains:remove', async () => {
  expect((await heroku('domains:add', 'www.example.com', '-a', 'raft')).stdout).toContain('raft.localhost');
  expect((await heroku('domains', '-a', 'raft')).stdout).toContain('www.example.com');
  await heroku('domains:remove', 'www.example.com', '-a', 'raft');
  expect((await heroku('domains', '-a', 'raft')).stdout).not.toContain('www.example.com');
});

test('certs:add, certs, certs:info, domains:update, certs:update and certs:remove', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-certs-'));
  const files = async (name: string, pair: TestCertificate): Promise<[string, string]> => {
    const [crt, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
    await writeFile(crt, pair.cert);
    await writeFile(key, pair.key, { mode: 0o600 });
    return [crt, key];
  };
  const first = await files('first', makeCertificate({ names: ['shop.example.com'] }));
  const second = await files('second', makeCertificate({ names: ['*.example.com', 'example.com'] }));
  const added = (await heroku('certs:add', ...first, '-a', 'raft')).stdout;
  expect(added).toContain('shop.example.com');
  expect(added).toContain('SSL certificate is self signed.');
  await heroku('domains:add', 'shop.example.com', '-a', 'raft');
  const [, name = ''] = /^\s*([a-z]+-[a-z]+-\d+)/m.exec((await heroku('certs', '-a', 'raft')).stdout) ?? [];
  expect((await heroku('certs:info', '--show-domains', '-a', 'raft')).stdout).toMatch(
    /Domain\(s\):\s+shop\.example\.com/,
  );
  await heroku('domains:update', 'shop.example.com', '--cert', name, '-a', 'raft');
  expect((await heroku('domains', '-a', 'raft')).stdout).toContain(name);
  const updated = await heroku('certs:update', ...second, '--name', name, '--confirm', 'raft', '-a', 'raft');
  expect(updated.stdout).toContain('*.example.com');
  const mixed = await cli.run('certs:add', first[0], second[1], '-a', 'raft');
  expect(mixed.code).not.toBe(0);
  expect(mixed.stderr.replace(/\s+/g, ' ')).toContain('private key does not belong');
  await heroku('certs:remove', '--name', name, '--confirm', 'raft', '-a', 'raft');
  expect((await heroku('certs', '-a', 'raft')).stdout).toContain('has no SSL certificates');
  await heroku('domains:remove', 'shop.example.com', '-a', 'raft');
  await rm(folder, { recursive: true });
});

test('certs:auto:enable, certs:auto and certs:auto:disable', async () => {
  await heroku('domains:add', 'auto.example.com', '-a', 'raft');
  expect((await heroku('certs:auto:enable', '-a', 'raft')).stdout).toContain('certificate will now be managed');
  const status = (await heroku('certs:auto', '-a', 'raft')).stdout;
  for (const text of ['enabled', 'auto.example.com', 'Pending']) expect(status).toContain(text);
  await heroku('certs:auto:disable', '--confirm', 'raft', '-a', 'raft');
  expect((await heroku('certs:auto', '-a', 'raft')).stdout).toContain('disabled');
  await heroku('domains:remove', 'auto.example.com', '-a', 'raft');
});

test('access:add, access and access:remove', async () => {
  await api.addPerson('bia@example.com');
  await heroku('access:add', 'bia@example.com', '-a', 'raft');
  expect((await heroku('access', '-a', 'raft')).stdout).toContain('bia@example.com');
  await heroku('access:remove', 'bia@example.com', '-a', 'raft');
  expect((await heroku('access', '-a', 'raft')).stdout).not.toContain('bia@example.com');
});

test('features:enable, features, labs:enable and labs', async () => {
  await heroku('features:enable', 'http-session-affinity', '-a', 'raft');
  expect((await heroku('features', '-a', 'raft')).stdout).toMatch(/\[\+\] http-session-affinity/);
  await heroku('labs:enable', 'runtime-dyno-metadata', '-a', 'raft');
  expect((await heroku('labs', '-a', 'raft')).stdout).toMatch(/\[\+\] runtime-dyno-metadata/);
});

test('buildpacks:set, add, remove and clear, in their places', async () => {
  const url = 'https://github.com/example/pack.git';
  await heroku('buildpacks:set', 'heroku/nodejs', '-a', 'raft');
  await heroku('buildpacks:add', url, '-a', 'raft');
  const added = await heroku('buildpacks:add', '--index', '1', 'acme/rust', '-a', 'raft');
  expect(added.stdout).toMatch(/1\. acme\/rust\s+2\. heroku\/nodejs\s+3\. https:\/\/github\.com\/example\/pack\.git/);
  await heroku('buildpacks:remove', '--index', '2', '-a', 'raft');
  expect((await heroku('buildpacks', '-a', 'raft')).stdout).toMatch(/1\. acme\/rust\s+2\. https:/);
  const unknown = await cli.run('buildpacks:set', 'heroku/cobol', '-a', 'raft');
  expect(unknown.stderr).toContain('heroku/cobol is not in the buildpack registry.');
  await heroku('buildpacks:clear', '-a', 'raft');
});

test('buildpacks:search, info and versions know the built-in buildpacks and the operator’s', async () => {
  expect((await heroku('buildpacks:search', 'heroku')).stdout).toMatch(/heroku\/nodejs\s+languages\s+Node\.js apps/);
  const info = (await heroku('buildpacks:info', 'acme/rust')).stdout;
  expect(info).toMatch(/description:\s+Apps that pass the borrow checker/);
  expect(info).toMatch(/source:\s+https:\/\/github\.com\/acme\/rust-pack/);
  expect((await heroku('buildpacks:versions', 'acme/rust')).stdout).toMatch(
    /2\s+2026-02-\S+\s+published\s+1\s+2026-01/,
  );
  expect((await cli.run('buildpacks:info', 'acme/none')).stderr).toContain("Could not find the buildpack 'acme/none'");
});

test('maintenance:on, maintenance:off and apps:rename', async () => {
  await heroku('maintenance:on', '-a', 'raft');
  expect((await heroku('maintenance', '-a', 'raft')).stdout).toContain('on');
  await heroku('maintenance:off', '-a', 'raft');
  expect((await heroku('apps:rename', 'canoe', '-a', 'raft')).stdout).toContain('http://canoe.localhost:8080/');
});

test('logs shows the lines in the order in which they came', async () => {
  const { stdout } = await heroku('logs', '-a', 'canoe', '-n', '2');
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(
    /^\d{4}-\d\d-\d\dT[\d:.]+\+00:00 app\[api\]: Rename raft to canoe by user ana@example\.com$/,
  );
});

test('authorizations can be made and revoked; whoami, stacks, regions, addons and pipelines answer', async () => {
  expect((await heroku('whoami')).stdout).toContain('ana@example.com');
  const created = (await heroku('authorizations:create', '-d', 'robot', '--short')).stdout.trim();
  const answer = await api.call('GET /account', undefined, { as: { ...api.ana, token: created } });
  expect(answer.body.email).toBe('ana@example.com');
  expect((await heroku('authorizations')).stdout).toContain('robot');
  expect((await heroku('apps:stacks', '-a', 'canoe')).stdout).toContain('* heroku-24');
  expect((await heroku('regions')).stdout).toContain('local');
  await heroku('addons', '-a', 'canoe');
});

test('apps:destroy --confirm, and afterwards the app is not found', async () => {
  await heroku('apps:destroy', '-a', 'canoe', '--confirm', 'canoe');
  const gone = await cli.run('apps:info', '-a', 'canoe');
  expect(gone.code).not.toBe(0);
  expect(gone.stderr).toContain("Couldn't find that app.");
});
