import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppUnderTest, createApp } from './harness/app-under-test.ts';
import type { Installation } from './harness/installation.ts';
import { sharedInstallation } from './harness/shared-installation.ts';

/** Examples whose runtimes are made of the stack's packages: nothing of a language is on the machine before the first push. */
describe('pushing an app in', () => {
  let platform: Installation;
  const apps: AppUnderTest[] = [];

  beforeAll(async () => {
    platform = await sharedInstallation();
  });
  afterAll(async () => {
    for (const app of apps) await app.destroy();
  });

  const example = async (name: string): Promise<AppUnderTest> => {
    const app = await createApp(platform, name, {});
    apps.push(app);
    await cp(fileURLToPath(new URL(`../examples/${name}`, import.meta.url)), app.copy.folder, { recursive: true });
    await app.copy.commit({}, 'The example');
    return app;
  };

  test.each([
    ['python-hello', 'Python', { python: expect.stringMatching(/^3\.13\./) }],
    ['ruby-hello', 'Ruby', { ruby: expect.stringMatching(/^3\.3\./) }],
  ])('%s builds it with the %s of the stack and serves it', async (name, language, answer) => {
    const app = await example(name);
    const output = await app.pushOk();
    expect(output).toContain(`remote: -----> ${language} app detected`);
    expect(output).toMatch(new RegExp(`remote: {8}Preparing ${language} [\\d.]+ for this server, once for all apps`));
    await expect
      .poll(async () => (await platform.fetchApp(app.name)).json())
      .toEqual({ ...answer, high_water: ['04:10', '16:35', '05:00'] });
  });

  test.each([
    ['go-hello', 'Go', /^Hello from Go\. High tide at 06:12\./],
    ['php-hello', 'PHP', /^Hello from PHP by Apache over http\. High tide at 06:12\. Path \/\.\n$/],
    // The heap that 512 MB have room for: a dyno may use more memory, and is told that it does.
    ['java-hello', 'Java', /^Hello from Java 21 with 300 MB and \d{2,} certificates\.\n$/],
  ])('%s builds it with the %s of the stack and answers', async (name, language, answer) => {
    const app = await example(name);
    const output = await app.pushOk();
    expect(output).toContain(`remote: -----> ${language} app detected`);
    await expect.poll(async () => (await platform.fetchApp(app.name)).text()).toMatch(answer);
  });
});
