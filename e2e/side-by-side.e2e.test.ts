import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Installation, startInstallation } from './harness/installation.ts';
import { run } from './harness/run.ts';
import { sharedInstallation } from './harness/shared-installation.ts';

/** A second platform on the same machine and engine as the one of all the other tests. */
describe('two installations on one machine', () => {
  let first: Installation;
  let second: Installation;

  beforeAll(async () => {
    first = await sharedInstallation();
    second = await startInstallation();
  });
  afterAll(() => second?.remove());

  const hello = (platform: Installation): Promise<number> =>
    platform.fetchApp('hello').then(
      (response) => response.status,
      () => 0,
    );

  test('both deployed the example of their first start, each under its own ports', async () => {
    expect(await hello(first)).toBe(200);
    expect(await hello(second)).toBe(200);
    const [one, other] = await Promise.all([first.api('GET', '/apps/hello'), second.api('GET', '/apps/hello')]);
    expect(((await one.json()) as { id: string }).id).not.toBe(((await other.json()) as { id: string }).id);
  });

  test('status tells what runs, and succeeds only when all is well', async () => {
    const status = await second.jangada(['status']);
    expect(status.status, status.output).toBe(0);
    for (const process of ['supervisor', 'postgres', 'node-agent', 'router', 'control-plane'])
      expect(status.stdout).toContain(process);
  });

  test('down stops one and leaves the other alone', async () => {
    const down = await second.jangada(['down']);
    expect(down.status, down.output).toBe(0);
    expect(await hello(second)).toBe(0);
    expect(await hello(first)).toBe(200);
    expect((await second.jangada(['status'])).status).not.toBe(0);
    const left = await run('docker', ['ps', '-aq', '--filter', `label=jangada.install=${await installIdOf(second)}`]);
    expect(left.stdout.trim()).toBe('');
  });

  test('a port that somebody else took since is named with its setting, and nothing is started', async () => {
    const squatter = createServer().listen(second.httpPort, '127.0.0.1');
    await once(squatter, 'listening');
    const up = await second.jangada(['up']);
    expect(up.status).toBe(1);
    expect(up.output).toMatch(new RegExp(`${second.httpPort}[\\s\\S]*JANGADA_HTTP_PORT`));
    expect((await second.jangada(['status'])).status).not.toBe(0);
    squatter.close();
    await once(squatter, 'close');
  });

  test('up again finds everything there; the first request waits for the dyno, and no stop counts as a crash', async () => {
    const up = await second.jangada(['up']);
    expect(up.status, up.output).toBe(0);
    expect(await hello(second)).toBe(200);
    const apps = (await (await second.api('GET', '/apps')).json()) as { name: string }[];
    expect(apps.map((app) => app.name)).toEqual(['hello']);
    for (let round = 0; round < 2; round++) {
      await second.jangada(['down']);
      expect((await second.jangada(['up'])).status).toBe(0);
      expect(await hello(second)).toBe(200);
    }
  });
});

async function installIdOf(platform: Installation): Promise<string> {
  const settings = JSON.parse(await readFile(`${platform.home}/settings.json`, 'utf8')) as { installId: string };
  return settings.installId;
}
