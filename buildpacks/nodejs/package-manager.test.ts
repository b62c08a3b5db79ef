import { describe, expect, test } from 'vitest';
import { parseManifest } from './manifest.ts';
import { choosePackageManager, installCommand, pruneCommand, scriptCommand } from './package-manager.ts';

const choose = (files: readonly string[], manifest = '{}', yarnrc: string | null = null) =>
  choosePackageManager(parseManifest(manifest), files, yarnrc);

describe('the package manager', () => {
  test('is npm of the runtime when nothing says otherwise', () => {
    expect(choose([])).toEqual({ name: 'npm', specifier: null, program: ['npm'], lockfile: null });
  });

  test.each([
    [['package-lock.json'], '{}', 'npm', null],
    [['package-lock.json'], '{"engines":{"npm":"10.x"}}', 'npm', 'npm@10.x'],
    [['yarn.lock'], '{}', 'yarn', 'yarn@1'],
    [['yarn.lock'], '{"packageManager":"yarn@4.9.1"}', 'berry', '@yarnpkg/cli-dist@4.9.1'],
    [['pnpm-lock.yaml'], '{"engines":{"pnpm":"9"}}', 'pnpm', 'pnpm@9'],
    [[], '{"packageManager":"pnpm@10.1.0"}', 'pnpm', 'pnpm@10.1.0'],
    [['package-lock.json'], '{"packageManager":"yarn@4.9.1"}', 'npm', null],
  ])('of %j with %s is %s', (files, manifest, name, specifier) => {
    expect(choose(files, manifest)).toMatchObject({ name, specifier });
  });

  test('may be a yarn that the app brings itself', () => {
    expect(choose(['yarn.lock'], '{}', 'yarnPath: .yarn/releases/yarn-4.9.1.cjs\n')).toMatchObject({
      name: 'berry',
      specifier: null,
      program: ['node', '.yarn/releases/yarn-4.9.1.cjs'],
    });
  });

  test('cannot be two at once', () => {
    expect(() => choose(['pnpm-lock.yaml', 'yarn.lock'])).toThrow(
      'Two different lockfiles found: yarn.lock and pnpm-lock.yaml',
    );
    expect(choose(['npm-shrinkwrap.json', 'package-lock.json']).lockfile).toBe('npm-shrinkwrap.json');
  });

  test('installs exactly what the lockfile says, devDependencies too', () => {
    expect(installCommand(choose(['package-lock.json'])).slice(0, 3)).toEqual(['npm', 'ci', '--include=dev']);
    expect(installCommand(choose([]))[1]).toBe('install');
    expect(installCommand(choose(['yarn.lock']))).toContain('--frozen-lockfile');
    expect(installCommand(choose(['pnpm-lock.yaml']))).toContain('--frozen-lockfile');
    expect(installCommand(choose(['yarn.lock'], '{"packageManager":"yarn@4.9.1"}'))).toContain('--immutable');
  });

  test('prunes and runs scripts in its own words', () => {
    expect(pruneCommand(choose([]))).toContain('--omit=dev');
    expect(pruneCommand(choose(['pnpm-lock.yaml']))).toEqual(['pnpm', 'prune', '--prod']);
    expect(scriptCommand(choose(['yarn.lock']), 'build')).toEqual(['yarn', 'run', 'build']);
  });
});
