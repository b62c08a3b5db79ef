import { expect, test } from 'vitest';
import { dynoEnvironment, type EnvironmentInput } from './environment.ts';

const input = (configVars: Record<string, string>): EnvironmentInput => ({
  app: { id: 'a', name: 'shop', stack: 'heroku-24' },
  dyno: { id: 'd', name: 'web.1', port: 5000, env: {} },
  release: { version: 3, configVars, createdAt: new Date(0) },
  slug: null,
  defaultDomain: 'shop.example.com',
  metadata: false,
  buildMetadata: false,
  memoryQuota: 512 * 1024 * 1024,
});

test('a dyno is told the memory of its size, unless the app says otherwise', () => {
  expect(dynoEnvironment(input({}))).toMatchObject({ MEMORY_AVAILABLE: '512', DYNO: 'web.1', PORT: '5000' });
  expect(dynoEnvironment(input({ MEMORY_AVAILABLE: '400', PORT: '1' }))).toMatchObject({
    MEMORY_AVAILABLE: '400',
    PORT: '5000',
  });
});

test('the two switches of metadata name the commit apart', () => {
  const slug = { commit: 'abc', commitDescription: 'Deploy abc', images: null };
  const namesWith = (switches: Partial<EnvironmentInput>): string[] =>
    Object.keys(dynoEnvironment({ ...input({}), slug, ...switches })).filter((name) => /_(SLUG|BUILD)_/.test(name));
  expect(namesWith({})).toEqual([]);
  expect(namesWith({ metadata: true })).toEqual(['HEROKU_SLUG_COMMIT', 'HEROKU_SLUG_DESCRIPTION']);
  expect(namesWith({ buildMetadata: true })).toEqual(['HEROKU_BUILD_COMMIT', 'HEROKU_BUILD_DESCRIPTION']);
});
