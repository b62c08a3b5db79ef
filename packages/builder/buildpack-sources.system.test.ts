import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@jangada/conformance/free-port';
import { formatBuildpackRegistry, registerBuildpack } from '@jangada/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Built,
  type Files,
  failureOf,
  openTestBuilder,
  testBuildpack as pack,
  type TestBuilder,
  writeFiles,
} from './test-builder.ts';
import { serveDownloads, type TestDownloads } from './test-downloads.ts';

let under: TestBuilder;
let downloads: TestDownloads;

beforeAll(async () => {
  const port = await freePort();
  under = await openTestBuilder({}, [port]);
  downloads = await serveDownloads(under.gateway, port, join(under.home.root, 'downloads'));
});
afterAll(async () => {
  await downloads.close();
  await under.close();
});

const says = (text: string, more: Files = {}): Files => pack(`echo "compiled by ${text}"`, more);
const build = (buildpacks: readonly string[], source: Files = { a: '' }): Promise<Built> =>
  under.build(source, { buildpacks });

describe('a buildpack by its git URL', () => {
  test('comes from the default branch, a branch, a tag or a commit', async () => {
    const first = await downloads.commit('pack', says('one'));
    await downloads.git('pack', 'tag', 'v1');
    await downloads.git('pack', 'branch', 'feature/old');
    await downloads.commit('pack', says('two'));
    const url = `${downloads.url}/pack.git`;
    for (const [ref, text] of [
      ['', 'two'],
      ['#v1', 'one'],
      ['#feature/old', 'one'],
      [`#${first}`, 'one'],
    ]) {
      const { result, output } = await build([`${url}${ref}`]);
      expect(failureOf(result), output).toBe('built');
      expect(output).toContain(`-----> Using buildpack: ${url}${ref}\n`);
      expect(output).toContain(`compiled by ${text}\n`);
    }
  });

  test('that has no such ref, needs a password, or is none, says so', async () => {
    const url = `${downloads.url}/pack.git`;
    const missing = await build([`${url}#nowhere`]);
    expect(failureOf(missing.result)).toMatchObject({
      kind: 'buildpack_unavailable',
      buildpack: `${url}#nowhere`,
      reason: expect.stringContaining('nowhere'),
    });
    await downloads.commit('none', { 'README.md': 'no buildpack' });
    expect(failureOf((await build([`${downloads.url}/none.git`])).result)).toMatchObject({
      kind: 'buildpack_unavailable',
      reason: expect.stringContaining('no bin/detect'),
    });
  });
});

test('a buildpack by the URL of an archive may be in one folder, and a broken one says so', async () => {
  downloads.file('/flat.tgz', await downloads.archive(says('flat')));
  downloads.file('/folder.tar.gz', await downloads.archive(says('folder'), 'pack-1a2b3c'));
  downloads.file('/broken.tgz', (await downloads.archive(says('x'))).subarray(0, 40));
  expect((await build([`${downloads.url}/flat.tgz`])).output).toContain('compiled by flat\n');
  expect((await build([`${downloads.url}/folder.tar.gz`])).output).toContain('compiled by folder\n');
  expect(failureOf((await build([`${downloads.url}/broken.tgz`])).result)).toMatchObject({
    kind: 'buildpack_unavailable',
    reason: expect.stringMatching(/gzip|tar/),
  });
  expect(failureOf((await build([`${downloads.url}/none.tgz`])).result)).toMatchObject({
    reason: expect.stringContaining('404'),
  });
});

describe('a buildpack of the operator', () => {
  test('may be a folder, an archive, a bare repository or a URL, and comes before the built-in one of its name', async () => {
    const own = under.home.buildpacks;
    await writeFiles(join(own, 'acme/folder'), says('a folder'));
    await mkdir(join(own, 'heroku'), { recursive: true });
    await writeFile(join(own, 'acme/packed.tgz'), await downloads.archive(says('an archive')));
    await downloads.commit('own', says('a repository'));
    execFileSync('git', [
      'clone',
      '-q',
      '--bare',
      join(under.home.root, 'downloads/copies/own'),
      join(own, 'acme/bare.git'),
    ]);
    await downloads.commit(
      'nodejs',
      says('the operator’s nodejs', { 'bin/detect': '#!/bin/bash\necho Own Node.js\n' }),
    );
    const registered = { name: 'heroku/nodejs', url: `${downloads.url}/nodejs.git#main`, description: null };
    await writeFile(join(own, 'registry.json'), formatBuildpackRegistry(registerBuildpack([], registered, new Date())));

    for (const [name, text] of [
      ['acme/folder', 'a folder'],
      ['acme/packed', 'an archive'],
      ['acme/bare', 'a repository'],
      ['heroku/nodejs', 'the operator’s nodejs'],
    ] as const) {
      const { result, output } = await build([name]);
      expect(failureOf(result), output).toBe('built');
      expect(output).toContain(`compiled by ${text}\n`);
    }
    const detected = await build([], { 'package.json': '{}' });
    expect(detected.output).toContain('-----> Own Node.js app detected\ncompiled by the operator’s nodejs\n');
    await writeFile(join(own, 'registry.json'), '{');
    expect(failureOf((await build([])).result)).toMatchObject({ reason: expect.stringContaining('It is not JSON') });
    await writeFile(join(own, 'registry.json'), '');
  });
});

describe('a .buildpacks file', () => {
  test('names the buildpacks in their order, unless the app has a list of its own', async () => {
    downloads.file(
      '/last.tgz',
      await downloads.archive(
        says('last', { 'bin/release': '#!/bin/bash\necho "default_process_types: {web: last}"\n' }),
      ),
    );
    const source = { '.buildpacks': `# all of them\nacme/folder\n${downloads.url}/last.tgz\n` };
    const own = await build([], source);
    expect(own.output).toContain(
      `-----> Using the buildpacks of .buildpacks:\n       1. acme/folder\n       2. ${downloads.url}/last.tgz\n`,
    );
    expect(own.output).toMatch(/compiled by a folder\n[\s\S]*compiled by last\n/);
    expect(own.result).toMatchObject({ ok: true, processTypes: { web: 'last' } });
    expect((await build(['acme/packed'], source)).output).not.toContain('compiled by a folder');
  });

  test('with a line that cannot be read names it', async () => {
    expect(failureOf((await build([], { '.buildpacks': 'nodejs\n' })).result)).toMatchObject({
      kind: 'buildpack_unavailable',
      reason: expect.stringContaining('In .buildpacks, "nodejs" is not a buildpack.'),
    });
  });
});

test('with mirrors, an unmodified buildpack that downloads from known hosts gets it from the operator', async () => {
  downloads.file('/dist/runtime.tar.gz', 'the runtime\n');
  await downloads.commit('tools', { 'tool.txt': 'the tool\n' });
  const builder = await under.builder({
    environment: { PIP_INDEX_URL: `${downloads.url}/simple`, MY_MIRROR: 'yes' },
    mirrors: {
      'https://vendor.example/releases/': `${downloads.url}/dist/`,
      'https://github.example/': `${downloads.url}/`,
    },
  });
  downloads.file(
    '/official.tgz',
    await downloads.archive(
      pack(`set -e
        curl --silent --show-error --fail --retry 3 --location "https://vendor.example/releases/runtime.tar.gz" -o /tmp/r && cat /tmp/r
        curl -sS --fail --url https://vendor.example/releases/runtime.tar.gz
        git clone -q https://github.example/tools.git /tmp/tools && cat /tmp/tools/tool.txt
        cat /etc/pip.conf; echo "env: $MY_MIRROR"
        curl -sS --fail https://other.example/x || echo "other: $?"`),
    ),
  );
  const buildpacks = [`${downloads.url}/official.tgz`];
  const { result, output } = await under.build({ a: '' }, { buildpacks }, { builder });
  expect(failureOf(result), output).toBe('built');
  expect(output).toContain(
    `the runtime\nthe runtime\nthe tool\n[global]\nindex-url = ${downloads.url}/simple\nenv: yes\n`,
  );
  expect(output).toContain('other: 6\n');
  const plain = await build(buildpacks);
  expect(failureOf(plain.result)).toEqual({ kind: 'compile_failed', app: 'Test' });
});
