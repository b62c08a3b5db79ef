import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Files, failureOf, openTestBuilder, type TestBuilder } from './test-builder.ts';

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
/** Starts the app, asks it once it answers, and stops it. */
const asked = (start: string): string =>
  `${start} > /tmp/log 2>&1 & for i in $(seq 1200); do curl -sf localhost:5000/ && break; sleep 0.1; done; kill %1; cat /tmp/log >&2`;

let under: TestBuilder;
let registry: string;

beforeAll(async () => {
  registry = (await promisify(execFile)('npm', ['config', 'get', 'registry'])).stdout.trim();
  under = await openTestBuilder({ npm_config_registry: registry });
});
afterAll(() => under.close());

describe('Yarn 4', () => {
  test('with Plug’n’Play and a workspace is built in Heroku’s order, pruned, and runs from its archives', async () => {
    const { result, output } = await under.build(example('node-yarn'), { appId: 'pnp' });
    expect(failureOf(result), output).toBe('built');
    const steps = output.split('\n').filter((line) => /^-----> (Prebuild|Inst|Build$|Prun|Clean)/.test(line));
    expect(steps.map((line) => line.slice(7))).toEqual([
      'Installing binaries',
      'Prebuild',
      'Installing dependencies',
      'Build',
      'Pruning devDependencies',
      'Cleanup',
    ]);
    expect(result).toMatchObject({ processTypes: { web: 'yarn start' } });
    expect(await under.run(result, 'ls .yarn/cache; ls node_modules 2>&1 | head -1')).toMatch(
      /^nanoid-\S+\.zip\n(?!ms)/,
    );
    expect(await under.run(result, asked('yarn start'))).toContain('Hello from a workspace, 86400000 ms a day. 21');
  });

  test('that is in the repository, with all archives, needs no registry', async () => {
    const unpruned = await under.build(example('node-yarn'), {
      appId: 'pnp',
      configVars: { YARN2_SKIP_PRUNING: 'true' },
    });
    expect(unpruned.output).toContain("Skipping because YARN2_SKIP_PRUNING is 'true'");
    const source = await mkdtemp(join(tmpdir(), 'zero-'));
    await cp(example('node-yarn'), source, { recursive: true });
    const yarn = '.heroku/yarn/lib/node_modules/@yarnpkg/cli-dist/bin/yarn.js';
    if (!unpruned.result.ok || unpruned.result.digest === null) throw new Error(unpruned.output);
    const slug = under.blobs.pathOf(unpruned.result.digest);
    await promisify(execFile)('unsquashfs', ['-f', '-d', source, slug, '.yarn/cache', yarn]);
    await mkdir(join(source, '.yarn/releases'));
    await rename(join(source, yarn), join(source, '.yarn/releases/yarn-4.9.1.cjs'));
    await rm(join(source, '.heroku'), { recursive: true });
    await writeFile(join(source, '.yarnrc.yml'), 'yarnPath: .yarn/releases/yarn-4.9.1.cjs\n');
    const builder = await under.builder({ environment: { npm_config_registry: 'http://127.0.0.1:9' } });
    const { result, output } = await under.build(source, { appId: 'zero' }, { builder });
    await rm(source, { recursive: true });
    expect(output).toContain('The archives of .yarn/cache are used: nothing is downloaded.');
    expect(failureOf(result), output).toBe('built');
    expect(await under.run(result, asked('yarn start'))).toContain('86400000 ms a day. 21');
  });
});

describe('pnpm', () => {
  test('builds a workspace and prunes all of its packages', async () => {
    const { result, output } = await under.build(example('node-pnpm'), { appId: 'pnpm' });
    expect(failureOf(result), output).toBe('built');
    expect(result).toMatchObject({ processTypes: { web: 'pnpm start' } });
    expect(await under.run(result, 'ls node_modules/.pnpm')).not.toContain('ms@');
    expect(await under.run(result, asked('pnpm start'))).toContain('HELLO FROM PNPM!!! 21');
  });
});

describe('yarn 1', () => {
  const files: Files = {
    'package.json': JSON.stringify({
      scripts: { start: 'node -p 1' },
      dependencies: { nanoid: '5.1.6' },
      devDependencies: { ms: '2.1.3' },
    }),
    // As yarn writes it: with the address of a registry that is not the operator's.
    'yarn.lock': `# yarn lockfile v1\n\n\nms@2.1.3:\n  version "2.1.3"\n  resolved "https://registry.yarnpkg.com/ms/-/ms-2.1.3.tgz#574c8138ce1d2b5861f0b44579dbadd60c6615b2"\n\nnanoid@5.1.6:\n  version "5.1.6"\n  resolved "https://registry.yarnpkg.com/nanoid/-/nanoid-5.1.6.tgz"\n`,
  };

  test('downloads from the operator’s registry, and its lockfile stays as it was', async () => {
    const { result, output } = await under.build(files, { appId: 'yarn' });
    expect(failureOf(result), output).toBe('built');
    expect(await under.run(result, 'ls node_modules; cat yarn.lock')).toBe(`nanoid\n${files['yarn.lock']}`);
  });
});

describe('a native module', () => {
  test('on a stack without compiler gets the headers of its Node.js, and a message that says what is missing', async () => {
    const { result, output } = await under.build(example('node-addon'), { appId: 'addon' });
    expect(failureOf(result)).toMatchObject({ kind: 'compile_failed' });
    expect(output).toContain('this server has no compiler yet');
    const trees = await readdir(join(under.home.root, 'runtimes/trees'));
    const headers = trees.find((name) => name.startsWith('node-headers-'));
    expect(await readdir(join(under.home.root, 'runtimes/trees', String(headers), 'include/node'))).toEqual(
      expect.arrayContaining(['node_api.h', 'common.gypi', 'config.gypi']),
    );
  });
});

test.each<[string, Files, string]>([
  [
    'a lockfile that does not match',
    {
      'package.json': '{"dependencies":{"ms":"2.1.3"}}',
      'package-lock.json': '{"lockfileVersion":3,"packages":{"":{}}}',
    },
    'Outdated npm lockfile: package-lock.json does not match package.json.',
  ],
  [
    'a version that does not exist',
    { 'package.json': '{"dependencies":{"ms":"77.0.0"}}' },
    'A dependency is wanted in a version that does not exist. Correct it in package.json.',
  ],
  [
    'a manager in a version that does not exist',
    { 'package.json': '{"packageManager":"pnpm@10.99.99"}', 'pnpm-lock.yaml': '' },
    'pnpm@10.99.99 could not be installed from the npm registry.',
  ],
  [
    'a file in the way',
    { 'package.json': '{}', '.heroku': '' },
    'The directory .heroku could not be created: there is a file of this name in the source.',
  ],
  [
    'a yarnPath that is not committed',
    { 'package.json': '{}', 'yarn.lock': '', '.yarnrc.yml': 'yarnPath: .yarn/releases/yarn-4.cjs' },
    '.yarnrc.yml says that Yarn is in .yarn/releases/yarn-4.cjs, and that file is not in the source.',
  ],
])('%s is told with what to do', async (_case, files, message) => {
  const { result, output } = await under.build(files, { appId: 'wrong' });
  expect(failureOf(result)).toMatchObject({ kind: 'compile_failed' });
  expect(output).toContain(` !     ${message}`);
});
