import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppUnderTest, createApp, eventually } from './harness/app-under-test.ts';
import { type Outcome, run } from './harness/run.ts';
import type { Files } from './harness/sample-app.ts';
import { sharedInstallation } from './harness/shared-installation.ts';

const EXAMPLE = join(import.meta.dirname, '..', 'examples', 'docker-app');
/** An image that every engine with our stack has. */
const BASE = 'test-base:1';

let app: AppUnderTest;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  app = await createApp(await sharedInstallation(), 'boxed', await exampleFiles());
  // The CLI gives newer docker programs options that they know with a plugin only; Debian's own does without.
  const folders = app.platform.person['PATH']?.split(':') ?? [];
  env = { ...app.platform.person, PATH: folders.filter((folder) => folder !== '/usr/local/bin').join(':') };
});
afterAll(async () => {
  await app?.destroy();
  await removeImages();
});

async function exampleFiles(): Promise<Files> {
  const names = ['heroku.yml', 'Dockerfile', '.dockerignore', 'migrate.pl', 'server.pl'];
  const texts = await Promise.all(names.map((name) => readFile(join(EXAMPLE, name), 'utf8')));
  return Object.fromEntries(names.map((name, index) => [name, (texts[index] ?? '').replace('debian:13-slim', BASE)]));
}

/** Both what the CLI built here and what the platform keeps: the installation goes, its engine stays. */
async function removeImages(): Promise<void> {
  const here = `127.0.0.1:${app.platform.port}/*/*`;
  const { stdout } = await run('docker', ['images', '--format', '{{.Repository}}:{{.Tag}}', here], {});
  for (const image of stdout.split('\n').filter(Boolean)) await run('docker', ['rmi', '-f', image], {});
  await loseImages();
}

/** Under which the platform keeps images on the engine. */
async function ownRepository(): Promise<string> {
  const settings = await readFile(join(app.platform.home, 'settings.json'), 'utf8');
  return `jangada-${(JSON.parse(settings) as { readonly installId: string }).installId}`;
}

/** Takes all images of the app from the engine, as a wiped or another engine would have none. Resolves with their number. */
async function loseImages(): Promise<number> {
  const { stdout } = await docker('images', '--no-trunc', '--format', '{{.ID}}', await ownRepository());
  const ids = new Set(stdout.split('\n').filter(Boolean));
  for (const id of ids) {
    const removed = await eventually(async () => {
      const outcome = await docker('rmi', '-f', id);
      return outcome.status === 0 ? outcome : null;
    }, 'the dynos of the image to be gone');
    expect(removed.output).toContain('Deleted');
  }
  return ids.size;
}

const docker = (...args: string[]): Promise<Outcome> => run('docker', args, { env });
async function heroku(...args: string[]): Promise<string> {
  const outcome = await app.copy.heroku(args, { env });
  if (outcome.status !== 0) throw new Error(`heroku ${args.join(' ')}: ${outcome.output}`);
  return outcome.output;
}
const body = async (): Promise<string> => (await app.platform.fetchApp(app.name)).text();

test('a heroku.yml on another stack is not used, and the push says how it would be', async () => {
  const push = await app.copy.push();
  expect(push.output).toContain('heroku stack:set container');
  expect(await heroku('stack:set', 'container')).toContain('container');
});

test('a push builds the images of the heroku.yml, runs the release command, and the app answers', async () => {
  const output = await app.pushOk();
  expect(output).toMatch(
    /=== Building web \(Dockerfile\)[\s\S]*RUN date > built-at[\s\S]*Nothing to migrate, as release\.\d+/,
  );
  await expect.poll(body).toBe('Hello from a container, web.1\n');
  const run = await heroku('run', '--no-tty', 'id -u; pwd; cat /proc/self/status | grep CapEff');
  expect(run).toMatch(/\n[1-9]\d{3,6}\n\/srv\/app\nCapEff:\s+0000000000000000/);
});

test('an image that was pushed with docker is released, and a rollback brings the built one back', async () => {
  expect(await heroku('container:login')).toContain('Login Succeeded');
  await app.copy.commit({
    Dockerfile: `FROM ${BASE}\nCOPY server.pl /\nENV GREETING=Ahoy\nCMD ["perl", "/server.pl"]\n`,
  });
  expect(await heroku('container:push', 'web')).toContain('successfully pushed');
  expect(await heroku('container:release', 'web')).toContain('Releasing images web');
  await expect.poll(body).toBe('Ahoy from a container, web.1\n');
  expect(await heroku('releases')).toMatch(/v4 .*Deployed web \([0-9a-f]{12}\)/);
  expect(await heroku('container:pull', 'web')).toContain('Digest: sha256:');

  await heroku('rollback', 'v3');
  await expect.poll(body).toBe('Hello from a container, web.1\n');
  await heroku('container:rm', 'worker');
  // It waits for its release command, as every release does.
  const types = async (): Promise<readonly string[]> =>
    (await app.api<readonly { readonly type: string }[]>('GET', '/formation')).map(({ type }) => type);
  await expect.poll(types).toEqual(['release', 'web']);
});

test('images that the engine lost are there again when a release needs them: scaling, running, rolling back', async () => {
  const [built, pushed] = ['Hello', 'Ahoy'].map((greeting) => `${greeting} from a container, web.1\n`);
  await heroku('ps:scale', 'web=0');
  expect(await loseImages()).toBe(2);
  expect(await heroku('run', '--no-tty', 'pwd')).toContain('/srv/app');
  await loseImages();
  await heroku('ps:scale', 'web=1');
  await expect.poll(body).toBe(built);
  await heroku('rollback', 'v4');
  await expect.poll(body).toBe(pushed);
  await heroku('rollback', 'v3');
  await expect.poll(body).toBe(built);
});

test('nobody pushes without a login, or to an app that is not theirs', async () => {
  const registry = `127.0.0.1:${app.platform.port}`;
  await docker('tag', BASE, `${registry}/somebody-elses/web`);
  expect((await docker('push', `${registry}/somebody-elses/web`)).output).toContain("denied: Couldn't find that app.");
  await docker('tag', BASE, `${registry}/${app.name}/web`);
  await docker('logout', registry);
  expect((await docker('push', `${registry}/${app.name}/web`)).output).toContain('no basic auth credentials');
  const wrong = await docker('login', '--username=_', '--password=wrong', registry);
  expect([wrong.status === 0, wrong.output]).toEqual([false, expect.stringContaining('401 Unauthorized')]);
});

test('the dynos of an image get their log, their signals and their end like all others', async () => {
  await heroku('ps:restart');
  const log = await eventually(async () => {
    const text = await app.logs();
    return /heroku\[web\.1\]: Stopping all processes with SIGTERM[\s\S]*Process exited with status 0/.test(text)
      ? text
      : null;
  }, 'the dyno to end');
  expect(log).toMatch(/app\[web\.1\]: Listening on \d+/);
});

test('a zip archive given to the API becomes an image as well', async () => {
  const file = join(app.copy.folder, '..', `${app.name}.zip`);
  await app.copy.git(['archive', '--format=zip', '--prefix=boxed-1a2b3c/', '-o', file, 'HEAD']);
  const { source_blob: urls } = (await (await app.platform.api('POST', '/sources')).json()) as {
    source_blob: { put_url: string; get_url: string };
  };
  const put = await fetch(urls.put_url, { method: 'PUT', body: new Uint8Array(await readFile(file)) });
  await rm(file);
  expect(put.status).toBe(200);
  const source_blob = { url: urls.get_url };
  const build = await app.api<{ output_stream_url: string }>('POST', '/builds', { source_blob });
  const output = await (await fetch(build.output_stream_url)).text();
  expect(output).toMatch(/=== Building web \(Dockerfile\)[\s\S]*Released v\d+/);
});

test('a push with a submodule that cannot be had is refused with its path and the reason', async () => {
  const { stdout: head } = await app.copy.git(['rev-parse', 'HEAD']);
  await app.copy.commit({ '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = http://127.0.0.1:1/lib.git\n' });
  await app.copy.git(['update-index', '--add', '--cacheinfo', `160000,${head.trim()},lib`]);
  await app.copy.git(['commit', '-q', '-m', 'Add a submodule']);
  const push = await app.copy.push();
  expect(push.status).not.toBe(0);
  expect(push.output).toMatch(/Push rejected, the submodule lib could not be fetched\. .*127\.0\.0\.1/);
});
