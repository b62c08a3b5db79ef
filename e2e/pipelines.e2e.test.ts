import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppUnderTest, createApp, eventually } from './harness/app-under-test.ts';
import { type Installation, startInstallation } from './harness/installation.ts';
import { healthy, killProcesses } from './harness/processes.ts';
import { sampleApp } from './harness/sample-app.ts';

/** The release command tells where it runs, and takes as long there as the app's config says. */
const files = (version: string) => ({
  ...sampleApp(version),
  Procfile: 'web: node web.js\nrelease: echo migrating in $GREETING && sleep 0$SLOW && echo migrated\n',
});

/** It kills the control plane, so it has an installation of its own. */
describe('a pipeline', () => {
  let platform: Installation;
  let staging: AppUnderTest;
  let prod: AppUnderTest;
  let europe: AppUnderTest;

  beforeAll(async () => {
    platform = await startInstallation({ JANGADA_SKIP_EXAMPLE: '1' });
    staging = await createApp(platform, 'staging', files('one'));
    prod = await createApp(platform, 'prod', {});
    europe = await createApp(platform, 'europe', {});
    for (const [app, greeting] of [
      [staging, 'staging'],
      [prod, 'production'],
      [europe, 'europe'],
    ] as const)
      await app.api('PATCH', '/config-vars', { GREETING: greeting });
    await staging.pushOk();
  });
  afterAll(async () => {
    for (const app of [staging, prod, europe]) await app?.copy.remove();
    await platform?.remove();
  });

  const heroku = async (app: AppUnderTest, ...argv: readonly string[]): Promise<string> => {
    const { status, output } = await app.copy.heroku(argv);
    expect(status, output).toBe(0);
    return output;
  };

  const answerOf = async (app: AppUnderTest) => {
    const response = await platform.fetchApp(app.name);
    const { version, greeting } = (await response.json()) as { version: string; greeting: string | null };
    return [response.status, version, greeting];
  };

  /** SHA-256 of the archive of the slug that an app runs. */
  const slugOf = async (app: AppUnderTest): Promise<string> => {
    const { slug } = await app.api<{ slug: { id: string } }>('GET', '/releases/current');
    const { blob } = await app.api<{ blob: { url: string } }>('GET', `/slugs/${slug.id}`);
    const archive = await (await fetch(blob.url)).arrayBuffer();
    return createHash('sha256').update(Buffer.from(archive)).digest('hex');
  };

  const blobs = async () =>
    (await readdir(join(platform.home, 'blobs'), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort();

  test('takes what staging runs to production: the same slug, its own config, after its own release command', async () => {
    await heroku(staging, 'pipelines:create', 'shop-line', '-s', 'staging');
    await heroku(prod, 'pipelines:add', 'shop-line', '-s', 'production');
    const before = await blobs();
    const promoted = await heroku(staging, 'pipelines:promote');
    expect(promoted).toMatch(/Running release command\.\.\.\s+migrating in production\s+migrated/);
    expect(promoted).toContain('Promotion successful');
    expect(await blobs()).toEqual(before);
    expect(await slugOf(prod)).toBe(await slugOf(staging));
    expect(await answerOf(prod)).toEqual([200, 'one', 'production']);
    expect(await answerOf(staging)).toEqual([200, 'one', 'staging']);
    expect(await heroku(prod, 'releases')).toMatch(new RegExp(`Promote ${staging.name} v\\d+ [0-9a-f]{8}`));
    expect(await prod.logs()).toMatch(new RegExp(`app\\[api\\]: Promote ${staging.name} v\\d+ [0-9a-f]{8} by user`));
  });

  test('asks nobody but this platform when a command wants GitHub, and says that none is connected', async () => {
    const { status, output } = await staging.copy.heroku(['pipelines:diff']);
    expect([status === 0, output]).toEqual([false, expect.stringContaining('not seem to be connected to GitHub')]);
    const connect = await staging.copy.heroku(['pipelines:connect', 'shop-line', '-r', 'acme/shop']);
    expect([connect.status === 0, connect.output]).toEqual([false, expect.stringContaining('not connected to GitHub')]);
  });

  test('lets kill -9 of the control plane end a promotion with what each target came to', async () => {
    await europe.api('PATCH', '/config-vars', { SLOW: '600' });
    await heroku(europe, 'pipelines:add', 'shop-line', '-s', 'production');
    await staging.copy.commit(files('two'));
    await staging.pushOk();
    const api = async <Body>(method: string, path: string, body?: unknown): Promise<Body> =>
      (await (await platform.api(method, path, body)).json()) as Body;
    const promotion = await api<{ id: string; status: string }>('POST', '/pipeline-promotions', {
      pipeline: { id: 'shop-line' },
      source: { app: { id: staging.name } },
      targets: [prod, europe].map(({ name }) => ({ app: { id: name } })),
    });
    expect(promotion.status).toBe('pending');
    const statuses = async () =>
      (
        await api<{ status: string; error_message: string | null }[]>(
          'GET',
          `/pipeline-promotions/${promotion.id}/promotion-targets`,
        )
      ).map(({ status, error_message: error }) => (error === null ? status : `${status}: ${error}`));
    await eventually(async () => {
      const begun = (await europe.logs()).includes('migrating in europe');
      return begun && (await statuses()).includes('succeeded') ? true : null;
    }, 'one release command to be over while the other runs');
    killProcesses(platform, 'apps/control-plane/main.ts');
    expect((await answerOf(prod))[0], 'the old release serves, or the new one').toBe(200);
    await healthy(platform);
    expect((await statuses()).sort()).toEqual([
      expect.stringMatching(new RegExp(`^failed: The release command of v\\d+ failed.*-a ${europe.name}$`)),
      'succeeded',
    ]);
    expect((await api<{ status: string }>('GET', `/pipeline-promotions/${promotion.id}`)).status).toBe('completed');
    const version = async () => ((await answerOf(prod))[1] === 'two' ? true : null);
    await eventually(version, 'production to run what was promoted before the kill');
  });

  test('is promoted along again after that, for the one that failed', async () => {
    await europe.api('PATCH', '/config-vars', { SLOW: null });
    const promoted = await heroku(staging, 'pipelines:promote', '--to', europe.name);
    expect(promoted).toContain('Promotion successful');
    expect(await answerOf(europe)).toEqual([200, 'two', 'europe']);
    expect(await slugOf(europe)).toBe(await slugOf(prod));
  });

  test('leaves production its code when staging is destroyed', async () => {
    await heroku(staging, 'apps:destroy', '--confirm', staging.name);
    await prod.api('DELETE', '/dynos');
    await eventually(async () => {
      const dynos = await prod.api<{ state: string }[]>('GET', '/dynos');
      return dynos.length === 1 && dynos[0]?.state === 'up' ? true : null;
    }, 'production to start its slug again');
    expect(await answerOf(prod)).toEqual([200, 'two', 'production']);
    expect(await heroku(prod, 'pipelines:info', 'shop-line')).not.toContain(staging.name);
  });
});
