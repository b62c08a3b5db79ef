import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseManifest, wantedNode } from './manifest.ts';

describe('package.json', () => {
  test('says what a build needs to know', () => {
    const manifest = parseManifest(
      JSON.stringify({
        engines: { node: '24.x', npm: 11 },
        scripts: { build: 'x' },
        packageManager: 'yarn@4.9.1+sha224.abc',
        dependencies: {},
        devDependencies: { a: '1' },
        cacheDirectories: ['.next/cache', '../../etc', '/etc'],
      }),
    );
    expect(manifest).toEqual({
      engines: { node: '24.x' },
      scripts: { build: 'x' },
      packageManager: { name: 'yarn', version: '4.9.1' },
      hasDependencies: false,
      hasDevDependencies: true,
      cacheDirectories: ['.next/cache'],
    });
  });

  test('that is not JSON, or no object, is an error', () => {
    expect(() => parseManifest('{"name":')).toThrow(/Unable to parse package.json/);
    expect(() => parseManifest('[]')).toThrow(/must hold an object/);
  });
});

describe('the wanted Node.js', () => {
  test('is in engines, then .node-version, then .nvmrc', () => {
    const folder = mkdtempSync(join(tmpdir(), 'manifest-'));
    const none = parseManifest('{}');
    expect(wantedNode(none, folder).range).toBeNull();
    writeFileSync(join(folder, '.nvmrc'), 'lts/jod\n');
    expect(wantedNode(none, folder)).toEqual({ range: 'lts/jod', from: '.nvmrc' });
    writeFileSync(join(folder, '.node-version'), '20.1.0\n');
    expect(wantedNode(none, folder).range).toBe('20.1.0');
    expect(wantedNode(parseManifest('{"engines":{"node":"24"}}'), folder).range).toBe('24');
    rmSync(folder, { recursive: true });
  });
});
