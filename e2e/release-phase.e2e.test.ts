import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppUnderTest, createApp } from './harness/app-under-test.ts';
import { sampleApp } from './harness/sample-app.ts';
import { sharedInstallation } from './harness/shared-installation.ts';

let app: AppUnderTest;

const withRelease = (version: string, command: string) => ({
  ...sampleApp(version),
  Procfile: `web: node web.js\nrelease: ${command}\n`,
});

beforeAll(async () => {
  app = await createApp(
    await sharedInstallation(),
    'phase',
    withRelease('one', 'echo migrating $DYNO && sleep 1 && echo migrated'),
  );
});
afterAll(() => app?.destroy());

const version = async (): Promise<string> =>
  ((await (await app.platform.fetchApp(app.name)).json()) as { version: string }).version;

test('the release command runs before the new release takes traffic, and its output is in the push', async () => {
  const output = await app.pushOk();
  expect(output).toContain(
    ' !     Release command declared: this new release will not be available until the command succeeds.',
  );
  expect(output).toMatch(
    /Running release command\.\.\.[\s\S]*migrating release\.\d+[\s\S]*migrated[\s\S]*Waiting for release\.\.\.\. done\./,
  );
  expect(await version()).toBe('one');
});

test('a release command that fails leaves the old release serving; the push itself succeeds', async () => {
  await app.copy.commit(withRelease('two', 'echo broken migration; exit 3'));
  const output = await app.pushOk();
  expect(output).toMatch(/broken migration[\s\S]*Waiting for release\.\.\.\. failed\./);
  expect(await version()).toBe('one');
  const releases = await app.copy.heroku(['releases']);
  expect(releases.output).toMatch(/v4 .*release command failed/);
});

test('releases:output shows what the command printed', async () => {
  const output = await app.copy.heroku(['releases:output', 'v4']);
  expect(output.stdout).toContain('broken migration');
});

test('releases:retry runs the command of the failed release again, in a release of its own', async () => {
  const output = await app.copy.heroku(['releases:retry']);
  expect(output.output).toMatch(/Retrying v4[\s\S]*done, v5/);
  // As on Heroku the command may not have begun yet when the CLI looks for its output; it then says how to see it.
  const retried = async (): Promise<unknown> => (await app.platform.api('GET', `/apps/${app.name}/releases/5`)).json();
  await expect
    .poll(retried)
    .toMatchObject({ status: 'failed', description: expect.stringMatching(/^Retry of v4: Deploy /) });
  expect((await app.copy.heroku(['releases:output', 'v5'])).stdout).toContain('broken migration');
  expect(await version()).toBe('one');
});

test('the next good release takes over', async () => {
  await app.copy.commit(withRelease('three', 'echo fine'));
  await app.pushOk();
  await expect.poll(version).toBe('three');
});

test('the command ran in a dyno of its own, which the log shows from start to end', async () => {
  const log = await app.logs();
  expect(log).toMatch(/heroku\[release\.\d+\]: Starting process with command `echo fine`/);
  expect(log).toMatch(/app\[release\.\d+\]: fine/);
  expect(log).toMatch(/heroku\[release\.\d+\]: Process exited with status 3/);
});
