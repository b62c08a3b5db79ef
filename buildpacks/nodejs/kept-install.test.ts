import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Build } from './install.ts';
import { installKey, unpacksOnly } from './kept-install.ts';
import { parseManifest } from './manifest.ts';

const lockOf = (...packages: object[]): string =>
  JSON.stringify({ packages: { '': {}, ...Object.fromEntries(packages.map((each, index) => [`p${index}`, each])) } });
const plain = { resolved: 'https://registry.example/p.tgz' };
let app: string;

beforeEach(() => {
  app = mkdtempSync(join(tmpdir(), 'kept-'));
});
afterEach(() => rmSync(app, { recursive: true }));

function keyOf(
  manifest: object = {},
  lock = lockOf(plain),
  env: Readonly<Record<string, string>> = {},
  signature = 's',
): string | null {
  writeFileSync(join(app, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(app, 'package-lock.json'), lock);
  const manager = { name: 'npm', lockfile: 'package-lock.json', specifier: null, program: ['npm'] };
  return installKey(
    { app, manager, manifest: parseManifest(JSON.stringify(manifest)), env } as unknown as Build,
    signature,
  );
}

test('the key is that of the last build unless what an install depends on has changed', () => {
  const key = keyOf({ dependencies: { a: '1' }, scripts: { build: 'x' } });
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(keyOf({ dependencies: { a: '1' }, scripts: { build: 'another' } })).toBe(key);
  expect(keyOf({ dependencies: { a: '1' }, scripts: { build: 'x' } }, lockOf(plain), { GREETING: 'x' })).toBe(key);
  const others = [
    keyOf({ dependencies: { a: '2' } }),
    keyOf({ dependencies: { a: '1' } }, lockOf(plain, plain)),
    keyOf({ dependencies: { a: '1' } }, lockOf(plain), { NODE_ENV: 'test' }),
    keyOf({ dependencies: { a: '1' } }, lockOf(plain), { NPM_CONFIG_PRODUCTION: 'true' }),
    keyOf({ dependencies: { a: '1' } }, lockOf(plain), {}, 'another Node'),
  ];
  writeFileSync(join(app, '.npmrc'), 'legacy-peer-deps=true');
  others.push(keyOf({ dependencies: { a: '1' } }));
  expect(new Set([key, ...others]).size).toBe(7);
});

test.each([
  ['a package that runs something', lockOf(plain, { ...plain, hasInstallScript: true })],
  ['a package of the repository', lockOf({ link: true, resolved: 'packages/a' })],
  ['a package from git', lockOf({ resolved: 'git+ssh://git@github.com/x/y.git#1a2b' })],
  ['a package from a file', lockOf({ resolved: 'file:../x.tgz' })],
  ['an old lockfile', JSON.stringify({ lockfileVersion: 1, dependencies: {} })],
  ['a broken lockfile', '{'],
])('with %s npm does the install', (_case, lock) => {
  expect(unpacksOnly(lock)).toBe(false);
  expect(keyOf({}, lock)).toBeNull();
});

test('a package that would run something on another system only does not matter', () => {
  expect(unpacksOnly(lockOf({ ...plain, hasInstallScript: true, os: ['darwin'] }))).toBe(true);
  expect(unpacksOnly(lockOf({ ...plain, hasInstallScript: true, os: ['linux', 'darwin'] }))).toBe(false);
});

test('with scripts of the app’s own around the install, or no wish for a cache, npm does the install', () => {
  expect(keyOf({ scripts: { postinstall: 'patch-package' } })).toBeNull();
  expect(keyOf({ scripts: { prepare: 'x' } })).toBeNull();
  expect(keyOf({}, lockOf(plain), { NODE_MODULES_CACHE: 'false' })).toBeNull();
  expect(keyOf({}, lockOf(plain), { USE_NPM_INSTALL: 'true' })).toBeNull();
});
