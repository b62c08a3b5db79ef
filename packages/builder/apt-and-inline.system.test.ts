import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '@jangada/conformance/free-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash, type Files, failureOf, openTestBuilder, type TestBuilder, writeFiles } from './test-builder.ts';
import { serveDownloads, type TestDownloads } from './test-downloads.ts';

const example = fileURLToPath(new URL('../../examples/apt-and-inline', import.meta.url));
const APT = { buildpacks: ['heroku-community/apt'] };
const INLINE = { buildpacks: ['heroku-community/inline'] };
let under: TestBuilder;
let vendor: TestDownloads;

beforeAll(async () => {
  const port = await freePort();
  under = await openTestBuilder({}, [port]);
  await under.makeStack();
  vendor = await serveDownloads(under.gateway, port, join(under.home.root, 'downloads'));
});
afterAll(async () => {
  await vendor.close();
  await under.close();
});

/** A package with a program, a link from the root of the file system to it, and a file for pkg-config. */
async function debOf(name: string): Promise<Buffer> {
  const tree = await writeFiles(join(under.home.root, name), {
    'DEBIAN/control': `Package: ${name}\nVersion: 1.0\nArchitecture: all\nMaintainer: Test <test@localhost>\nDescription: Test\n`,
    [`opt/${name}/bin/${name}`]: bash(`echo "from ${name}"`),
    'usr/lib/pkgconfig/own.pc': 'prefix=/usr\nName: own\n',
  });
  await mkdir(join(tree, 'usr/bin'), { recursive: true });
  await symlink(`/opt/${name}/bin/${name}`, join(tree, 'usr/bin', name));
  await promisify(execFile)('dpkg-deb', ['--build', '--root-owner-group', tree, `${tree}.deb`]);
  return readFile(`${tree}.deb`);
}

describe('the apt and inline buildpacks', () => {
  test('together install packages of the stack’s suite and let the app build itself with them', async () => {
    const { result, output } = await under.build(example, { appId: 'example' });
    expect(failureOf(result), output).toBe('built');
    expect(output).toContain('-----> Apt app detected\n');
    expect(output).toContain('-----> Greeting app detected\n-----> Writing the page\n');
    expect(result).toMatchObject({
      buildpacks: ['heroku-community/apt', 'heroku-community/inline'],
      buildpackDescription: 'Greeting',
      processTypes: { greeter: 'hello' },
    });
    const seen = await under.run(
      result,
      `hello; perl server.pl & for i in $(seq 1200); do curl -sf localhost:5000/ && break; sleep 0.1; done; kill %1`,
    );
    expect(seen).toBe('Hello, world!\nHello, world!\n');
    const again = await under.build(example, { appId: 'example' });
    expect(again.output).toContain('Using the packages of the last build as far as they are the newest\n');
    expect(await under.run(again.result, 'hello')).toBe('Hello, world!\n');
  });
});

describe('the apt buildpack', () => {
  test('installs .deb files by their addresses, and what they bring works where it is', async () => {
    vendor.file('/greeting_1.0_all.deb', await debOf('greeting'));
    const Aptfile = `${vendor.url}/greeting_1.0_all.deb # ours\n`;
    const { result, output } = await under.build({ Aptfile }, { ...APT, appId: 'deb' });
    expect(failureOf(result), output).toBe('built');
    expect(await under.run(result, 'greeting; readlink .apt/usr/bin/greeting; which greeting')).toBe(
      'from greeting\n../../opt/greeting/bin/greeting\n/app/.apt/usr/bin/greeting\n',
    );
  });

  test.each([
    ['a package that is nowhere', 'no-such-package', 'There is no package no-such-package.'],
    ['a line that is none', 'hello\n; rm -rf /', 'Line 2 of the Aptfile is not understood: ; rm -rf /'],
    ['a repository without a key', ':repo:deb http://apt.example.com stable main', 'Commit its key and name it'],
  ])('with %s fails and says what to do', async (_case, Aptfile, message) => {
    const { result, output } = await under.build({ Aptfile }, APT);
    expect(failureOf(result)).toEqual({ kind: 'compile_failed', app: 'Apt' });
    expect(output).toContain(` !     ${message}`);
  });
});

describe('the inline buildpack', () => {
  test('runs what the app has, exports for the next buildpack, and needs no release', async () => {
    const files: Files = {
      'bin/compile': bash(
        'echo "args:$# cwd:$PWD"',
        'cp "$3/GREETING" "$1/greeting"',
        'echo "export OWN=yes" > export',
      ),
    };
    const { result, output } = await under.build(files, { ...INLINE, configVars: { GREETING: 'hi' } });
    expect(failureOf(result), output).toBe('built');
    expect(output).toMatch(/-----> Inline app detected\nargs:3 cwd:\/tmp\/build_[0-9a-f]+\n/);
    expect(await under.run(result, 'cat greeting')).toBe('hi');
  });

  test.each([
    ['no bin/compile', { a: '' }, { kind: 'not_compatible' }],
    ['a bin/detect that says no', { 'bin/compile': '', 'bin/detect': bash('exit 1') }, { kind: 'not_compatible' }],
    ['a bin/compile that fails', { 'bin/compile': bash('exit 3') }, { kind: 'compile_failed', app: 'Inline' }],
  ])('is refused by an app with %s', async (_case, files, failure) => {
    const { result } = await under.build(files as Files, INLINE);
    expect(failureOf(result)).toMatchObject(failure);
  });
});
