import { describe, expect, test } from 'vitest';
import { downloadEnvironment, installCommand, installsLoosely, planPrune, scriptCommand } from './manager-commands.ts';
import type { ManagerName, PackageManager } from './package-manager.ts';
import { NO_YARN } from './yarn.ts';

const ONE_PACKAGE = { workspace: false, folders: [], withInstallScripts: null };

const manager = (name: ManagerName, lockfile: string | null = 'lock'): PackageManager => ({
  name,
  specifier: null,
  program: [name === 'berry' ? 'yarn' : name],
  lockfile,
});
const install = (name: ManagerName, env = {}, lockfile: string | null = 'lock') =>
  installCommand(manager(name, lockfile), NO_YARN, env).join(' ');
const pruneOf = (name: ManagerName, env = {}, yarn = {}, pnpm = {}) =>
  planPrune(manager(name), { ...NO_YARN, ...yarn }, { ...ONE_PACKAGE, ...pnpm }, { NODE_ENV: 'production', ...env });

describe('an install', () => {
  test('takes exactly what the lockfile says, devDependencies too', () => {
    expect(install('npm')).toMatch(/^npm ci --include=dev /);
    expect(install('yarn')).toMatch(/--frozen-lockfile .*--production=false$/);
    expect(install('berry')).toBe('yarn install --immutable');
    expect(install('pnpm')).toBe('pnpm install --frozen-lockfile --prod=false');
  });

  test('without a lockfile takes what there is', () => {
    expect(install('npm', {}, null)).toMatch(/^npm install --include=dev /);
    expect(install('berry', {}, null)).toBe('yarn install --no-immutable');
    expect(install('pnpm', {}, null)).toContain('--no-frozen-lockfile');
    expect(install('npm', { USE_NPM_INSTALL: 'true' })).toMatch(/^npm install /);
    expect(installsLoosely(manager('yarn', null), {})).toBe(false);
  });

  test('leaves devDependencies out when the app says so', () => {
    expect(install('npm', { NPM_CONFIG_PRODUCTION: 'true' })).toContain('--omit=dev');
    expect(install('yarn', { YARN_PRODUCTION: 'true' })).toContain('--production=true');
    expect(install('pnpm', { NPM_CONFIG_PRODUCTION: 'true' })).toMatch(/--prod$/);
  });

  test('with the archives in the repository refuses to fetch others', () => {
    expect(installCommand(manager('berry'), { ...NO_YARN, zeroInstall: true }, {})).toContain('--immutable-cache');
  });
});

describe('pruning', () => {
  test('is done in the words of each manager', () => {
    expect(pruneOf('npm')).toMatchObject({ argv: expect.arrayContaining(['prune', '--omit=dev']) });
    expect(pruneOf('yarn')).toMatchObject({ argv: expect.arrayContaining(['--production=true', '--ignore-scripts']) });
    expect(pruneOf('berry')).toEqual({ argv: ['yarn', 'workspaces', 'focus', '--all', '--production'] });
    expect(pruneOf('pnpm')).toEqual({ argv: ['pnpm', 'prune', '--prod', '--ignore-scripts'] });
    expect(pruneOf('pnpm', {}, {}, { workspace: true })).toEqual({
      argv: ['pnpm', 'install', '--prod', '--frozen-lockfile'],
    });
  });

  test.each<[ManagerName, Record<string, string>, string]>([
    ['npm', { NODE_ENV: 'staging' }, "NODE_ENV is not 'production'"],
    ['npm', { NPM_CONFIG_PRODUCTION: 'false' }, "NPM_CONFIG_PRODUCTION is 'false'"],
    ['yarn', { YARN_PRODUCTION: 'false' }, "YARN_PRODUCTION is 'false'"],
    ['berry', { YARN2_SKIP_PRUNING: 'true' }, "YARN2_SKIP_PRUNING is 'true'"],
    ['pnpm', { PNPM_SKIP_PRUNING: 'true' }, "PNPM_SKIP_PRUNING is 'true'"],
  ])('of %s is left out with %j, and says why', (name, env, why) => {
    expect(pruneOf(name, env)).toEqual({ skip: `Skipping because ${why}` });
  });

  test('is left out where it could break the app', () => {
    expect(pruneOf('berry', {}, { lockfileMajor: 3 })).toMatchObject({
      skip: expect.stringContaining('workspace-tools'),
    });
    expect(pruneOf('berry', {}, { lockfileMajor: 3, focusPlugin: true })).toHaveProperty('argv');
    const scripted = { workspace: true, withInstallScripts: 'packages/a' };
    expect(pruneOf('pnpm', {}, {}, scripted)).toMatchObject({
      skip: expect.stringContaining('packages/a has scripts'),
    });
  });
});

test('flags for a script are kept apart from those for its manager', () => {
  expect(scriptCommand(manager('npm'), 'build', ['--prod'])).toEqual(['npm', 'run', 'build', '--', '--prod']);
  expect(scriptCommand(manager('yarn'), 'build', ['--prod'])).toEqual(['yarn', 'run', 'build', '--prod']);
});

test('the archives of a Plug’n’Play app stay in the app, those of others in the cache', () => {
  const env = (linker: string) => downloadEnvironment({ name: 'berry' }, { ...NO_YARN, linker }, '/cache', undefined);
  expect(env('pnp')).not.toHaveProperty('YARN_CACHE_FOLDER');
  expect(env('node-modules')['YARN_CACHE_FOLDER']).toBe('/cache/yarn');
});
