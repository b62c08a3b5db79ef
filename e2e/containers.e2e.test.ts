import { readFile } from 'node:fs/promises';
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
  const { installId } = JSON.parse(await readFile(join(app.platform.home, 'settings.json'), 'utf8')) as {
    installId: string;
  };
  for (const reference of [`127.0.0.1:${app.platform.port}/*/*`, `jangada-${installId}`]) {
    const { stdout } = await run('docker', ['images', '--format', '{{.Repository}}:{{.Tag}}', reference], {});
    for (const image of stdout.split('\n').filter(Boolean)) await run('docker', ['rmi', '-f', image], {});
  }
}

const docker = (...args: string[]): Promise<Outcome> => run('docker', args, { cwd: app.copy.folder, env });
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
  await expect.poll(body, { timeout: 20_000 }).toBe('Hello from a container, web.1\n');
  const run = await heroku('run', '--no-tty', 'id -u; pwd; cat /proc/self/status | grep CapEff');
  expect(run).toMatch(/1000\n\/srv\/app\nCapEff:\s+0000000000000000/);
});

test('an image that was pushed with docker is released, and a rollback brings the built one back', async () => {
  expect(await heroku('container:login')).toContain('Login Succeeded');
  await app.copy.commit({
    Dockerfile: `FROM ${BASE}\nCOPY server.pl /\nENV GREETING=Ahoy\nCMD ["perl", "/server.pl"]\n`,
  });
  expect(await heroku('container:push', 'web')).toContain('successfully pushed');
  expect(await heroku('container:release', 'web')).toContain('Releasing images web');
  await expect.poll(body, { timeout: 20_000 }).toBe('Ahoy from a container, web.1\n');
  expect(await heroku('releases')).toMatch(/v4 .*Deployed web \([0-9a-f]{12}\)/);
  expect(await heroku('container:pull', 'web')).toContain('Digest: sha256:');

  await heroku('rollback', 'v3');
  await expect.poll(body, { timeout: 20_000 }).toBe('Hello from a container, web.1\n');
  await heroku('container:rm', 'worker');
  // It waits for its release command, as every release does.
  const types = async (): Promise<readonly string[]> =>
    (await app.api<readonly { readonly type: string }[]>('GET', '/formation')).map(({ type }) => type);
  await expect.poll(types, { timeout: 20_000 }).toEqual(['release', 'web']);
});

test('nobody pushes without a login, or to an app that is not theirs', async () => {
  const registry = `127.0.0.1:${app.platform.port}`;
  await docker('tag', BASE, `${registry}/somebody-elses/web`);
  expect((await docker('push', `${registry}/somebody-elses/web`)).output).toContain("denied: Couldn't find that app.");
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
