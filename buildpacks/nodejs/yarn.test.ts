import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPnpmSettings } from './pnpm.ts';
import { mirrorYarnLock, readYarnSettings } from './yarn.ts';

let app: string;
beforeEach(() => {
  app = mkdtempSync(join(tmpdir(), 'yarn-'));
});
afterEach(() => rmSync(app, { recursive: true }));
const write = (name: string, text: string): void => {
  mkdirSync(join(app, name, '..'), { recursive: true });
  writeFileSync(join(app, name), text);
};

test('what an app says about Yarn is read from its files', () => {
  expect(readYarnSettings(app, {})).toMatchObject({
    path: null,
    linker: 'pnp',
    lockfileMajor: null,
    configured: false,
  });
  write('.yarnrc.yml', 'nodeLinker: "node-modules" # old tools\nyarnPath: .yarn/releases/yarn-3.8.7.cjs\n');
  write('yarn.lock', '# generated\n\n__metadata:\n  version: 6\n  cacheKey: 8\n');
  write('.yarn/cache/nanoid-npm-5.zip', '');
  expect(readYarnSettings(app, {})).toMatchObject({
    path: '.yarn/releases/yarn-3.8.7.cjs',
    linker: 'node-modules',
    lockfileMajor: 3,
    configured: true,
    zeroInstall: true,
  });
  expect(readYarnSettings(app, { YARN_NODE_LINKER: 'pnp' }).linker).toBe('pnp');
});

test('a lockfile of yarn 1 is no sign of a later one', () => {
  write('yarn.lock', '# yarn lockfile v1\n\nnanoid@5:\n  version "5.1.6"\n');
  expect(readYarnSettings(app, {}).lockfileMajor).toBeNull();
});

test('addresses of the public registries in yarn.lock become the mirror’s for the install, and come back', () => {
  const text =
    'a@1:\n  version "1"\n  resolved "https://registry.yarnpkg.com/a/-/a-1.tgz#f00"\nb@1:\n  resolved "https://private.example/b.tgz"\n';
  write('yarn.lock', text);
  const restore = mirrorYarnLock(app, 'http://mirror.example/npm');
  const mirrored = readFileSync(join(app, 'yarn.lock'), 'utf8');
  expect(mirrored).toContain('"http://mirror.example/npm/a/-/a-1.tgz#f00"');
  expect(mirrored).toContain('https://private.example/b.tgz');
  restore();
  expect(readFileSync(join(app, 'yarn.lock'), 'utf8')).toBe(text);
});

test('a workspace of pnpm is one with packages, and scripts of installs are found in all of them', () => {
  write('pnpm-workspace.yaml', 'onlyBuiltDependencies:\n  - esbuild\n');
  expect(readPnpmSettings(app)).toEqual({ workspace: false, folders: [], withInstallScripts: null });
  write('pnpm-workspace.yaml', 'packages:\n  - packages/*\n');
  write('packages/a/package.json', '{"scripts":{"build":"x"}}');
  write('node_modules/dep/package.json', '{"scripts":{"postinstall":"x"}}');
  write('test/broken/package.json', '{');
  expect(readPnpmSettings(app)).toEqual({
    workspace: true,
    folders: ['packages/a', 'test/broken'],
    withInstallScripts: null,
  });
  write('packages/b/package.json', '{"scripts":{"prepare":"tsc"}}');
  expect(readPnpmSettings(app).withInstallScripts).toBe('packages/b');
});
