import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BuildRequest, BuildResult } from '@jangada/builder';
import { createGitServer, type GitServer } from '@jangada/git-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Actor } from '../auth/authenticate.ts';
import { buildAnything } from '../http/testing/build-anything.ts';
import { createTestApi, type TestApi } from '../http/testing/test-api.ts';
import { deployPush } from './push.ts';

let folder: string;
let api: TestApi;
let git: GitServer;
let server: Server;
let build: (request: BuildRequest, signal: AbortSignal) => Promise<BuildResult>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'push-'));
  build = buildAnything;
  api = await createTestApi({}, (request, signal) => build(request, signal));
  await api.call('POST /apps', { name: 'shop' });
  const app = await api.appNamed('shop');
  const actor = { account: api.ana.account } as Actor;
  git = createGitServer({
    reposFolder: join(folder, 'repos'),
    authorize: async () => ({ repoId: app.id, actor }),
    onPush: async (push) => ({ accepted: await deployPush(api.parts, app, actor, push) }),
  });
  server = createServer((request, response) => void git.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await run(['init', '-q', '-b', 'main', 'work'], folder);
});
afterEach(async () => {
  await git.close();
  server.close().closeAllConnections();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

function run(args: readonly string[], cwd = join(folder, 'work'), signal?: AbortSignal): Promise<string> {
  const author = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
  const env = { ...process.env, ...author, GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0', HOME: folder };
  return new Promise((resolve) => {
    execFile('git', [...args], { cwd, env, ...(signal ? { signal } : {}) }, (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
  });
}

async function commit(files: Readonly<Record<string, string | Buffer>>, cwd = join(folder, 'work')): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, name)), { recursive: true });
    await writeFile(join(cwd, name), content);
  }
  await run(['add', '-A'], cwd);
  await run(['commit', '-q', '--allow-empty', '-m', 'Change'], cwd);
}

const remote = (): string => `http://heroku:token@127.0.0.1:${(server.address() as AddressInfo).port}/shop.git`;
const push = (...args: string[]): Promise<string> => run(['push', ...args, remote(), 'main']);
const released = async (): Promise<string[]> =>
  (await api.call('GET /apps/shop/releases')).body.map((one: { description: string }) => one.description);

/** From now on builds run until somebody ends them; resolves with the first when it does. */
function endlessBuild(): Promise<BuildRequest> {
  return new Promise((started) => {
    build = async (request, signal) => {
      started(request);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { ok: false, failure: { kind: 'cancelled' }, buildpackDescription: null, buildpacks: [], phases: [] };
    };
  });
}

test('a push is built and released; the same commit again is not; a forced one of another history is', async () => {
  await commit({ a: 'one' });
  expect(await push()).toMatch(/remote:\s+Released v3[\s\S]*\* \[new branch\]/);
  await run(['commit', '-q', '--amend', '-m', 'Other']);
  expect(await push()).toContain('[rejected]');
  expect(await push('--force')).toContain('Released v4');
});

test('a shallow clone pushes what it has', async () => {
  await commit({ a: 'one' });
  await commit({ a: 'two' });
  await push();
  await run(['clone', '-q', '--depth', '1', remote(), 'shallow'], folder);
  const shallow = join(folder, 'shallow');
  await commit({ a: 'three' }, shallow);
  expect(await run(['push', remote(), 'main'], shallow)).toContain('Released v4');
});

test('unusual names reach the build, and so does which submodules there are', async () => {
  await commit({ 'ação "x" $(touch y)': 'x', '-rf': 'x', 'new\nline': 'x' });
  await run(['update-index', '--add', '--cacheinfo', `160000,${'a'.repeat(40)},vendor/library`]);
  await run(['commit', '-q', '-m', 'Submodule']);
  let request: BuildRequest | null = null;
  build = (asked, signal) => {
    request = asked;
    return buildAnything(asked, signal);
  };
  expect(await push()).toContain('Released v3');
  expect(request).toMatchObject({ submodules: [{ path: 'vendor/library', commit: 'a'.repeat(40) }] });
});

test('a commit of few objects and a million paths is refused before it is built', async () => {
  await commit({ a: 'one' });
  const work = join(folder, 'work');
  let entry = `100644 blob ${(await run(['rev-parse', 'HEAD:a'])).trim()}`;
  for (let level = 0; level < 6; level++) {
    const input = Array.from({ length: 10 }, (_none, index) => `${entry}\t${index}\n`).join('');
    entry = `040000 tree ${execFileSync('git', ['mktree'], { cwd: work, input }).toString().trim()}`;
  }
  const bomb = (await run(['commit-tree', '-m', 'bomb', entry.slice('040000 tree '.length)])).trim();
  const output = await run(['push', remote(), `${bomb}:refs/heads/main`]);
  expect(output).toContain(' !     The commit has too many files: more than 500,000');
  expect(output).toContain('[remote rejected]');
  expect((await api.call('GET /apps/shop/builds')).body).toEqual([]);
});

describe('while a build runs', () => {
  test('a second push is told, and leaves nothing', async () => {
    await commit({ a: 'one' });
    const started = endlessBuild();
    const first = push();
    const { buildId } = await started;
    await commit({ a: 'two' });
    const second = await push();
    expect(second).toContain('Another build of shop is running. Push again when it is done.');
    expect(second).toContain('[remote rejected] main -> main');
    await api.call(`DELETE /apps/shop/builds/${buildId}`);
    await first;
    build = buildAnything;
    expect(await push()).toContain('Released v3');
  });

  test('cancelling it through the API ends the push, and nothing is released or stored', async () => {
    await commit({ a: 'one' });
    const started = endlessBuild();
    const pushing = push();
    const { buildId } = await started;
    expect((await api.call(`DELETE /apps/shop/builds/${buildId}`)).body.status).toBe('failed');
    expect(await pushing).toMatch(/the build was cancelled[\s\S]*\[remote rejected\]/);
    expect(await released()).not.toContainEqual(expect.stringContaining('Deploy'));
    expect(await run(['ls-remote', remote()])).toBe('');
  });

  test('a person who hangs up does not end it: it is released, and the commit is stored', async () => {
    await commit({ a: 'one' });
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    build = async (request, signal) => {
      started.resolve();
      await finish.promise;
      return buildAnything(request, signal);
    };
    // As Ctrl-C does, the signal reaches git's helper too.
    const pushing = spawn('git', ['push', remote(), 'main'], {
      cwd: join(folder, 'work'),
      detached: true,
      stdio: 'ignore',
    });
    await started.promise;
    process.kill(-pushing.pid!, 'SIGINT');
    await new Promise((resolve) => pushing.once('exit', resolve));
    finish.resolve();
    await expect.poll(() => run(['ls-remote', remote()])).toContain('refs/heads/main');
    expect(await released()).toContainEqual(expect.stringContaining('Deploy'));
  });
});
