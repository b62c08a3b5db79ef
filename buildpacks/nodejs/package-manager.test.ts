import { describe, expect, test } from 'vitest';
import { parseManifest } from './manifest.ts';
import { choosePackageManager } from './package-manager.ts';
import { NO_YARN, type YarnSettings } from './yarn.ts';

const choose = (files: readonly string[], manifest = '{}', yarn: Partial<YarnSettings> = {}) =>
  choosePackageManager(parseManifest(manifest), files, { ...NO_YARN, ...yarn });

describe('the package manager', () => {
  test('is npm of the runtime when nothing says otherwise', () => {
    expect(choose([])).toEqual({ name: 'npm', specifier: null, program: ['npm'], lockfile: null });
  });

  test.each([
    [['package-lock.json'], '{}', 'npm', null],
    [['package-lock.json'], '{"engines":{"npm":"10.x"}}', 'npm', 'npm@10.x'],
    [['yarn.lock'], '{}', 'yarn', 'yarn@1'],
    [['yarn.lock'], '{"engines":{"yarn":"1.22.x"}}', 'yarn', 'yarn@1.22.x'],
    [['yarn.lock'], '{"packageManager":"yarn@4.9.1"}', 'berry', '@yarnpkg/cli-dist@4.9.1'],
    [['pnpm-lock.yaml'], '{"engines":{"pnpm":"9"}}', 'pnpm', 'pnpm@9'],
    [[], '{"packageManager":"pnpm@10.1.0"}', 'pnpm', 'pnpm@10.1.0'],
    [['package-lock.json'], '{"packageManager":"yarn@4.9.1"}', 'npm', null],
  ])('of %j with %s is %s', (files, manifest, name, specifier) => {
    expect(choose(files, manifest)).toMatchObject({ name, specifier });
  });

  test('is the Yarn that the lockfile was written by, when nothing names one', () => {
    expect(choose(['yarn.lock'], '{}', { lockfileMajor: 3 }).specifier).toBe('@yarnpkg/cli-dist@3');
    expect(choose(['yarn.lock'], '{}', { configured: true }).specifier).toBe('@yarnpkg/cli-dist@4');
  });

  test('may be a yarn that the app brings itself', () => {
    expect(choose(['yarn.lock'], '{}', { path: '.yarn/releases/yarn-4.9.1.cjs' })).toMatchObject({
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
});
