import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultTypes, phasesOf, readBuildReport, readDeclaredTypes } from './build-report.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'));
});
afterEach(() => rm(folder, { recursive: true }));
const write = (name: string, content: string): Promise<void> => writeFile(join(folder, name), content);

describe('default process types of bin/release', () => {
  test.each([
    '',
    '---',
    '--- {}',
    'addons: []',
    'default_process_types:',
    ': : :\n\t- x',
    '[1]',
    'default_process_types: [a]',
  ])('may be none: %j', (yaml) => {
    expect(defaultTypes(yaml)).toEqual({});
  });

  test('are texts under names that process types may have', () => {
    expect(defaultTypes('default_process_types:\n  web: npm start\n  bad name: x\n  n: 5\n')).toEqual({
      web: 'npm start',
    });
  });

  test('do not follow aliases without end', () => {
    const bomb = `a: &a [x,x]\n${[...'bcdefghij'].map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]},`.repeat(9)}]`).join('\n')}`;
    expect(defaultTypes(bomb)).toEqual({});
  });
});

describe('what the driver reports', () => {
  test('is a failure with its app', async () => {
    await write('app', 'Node.js\n');
    await write('failure', 'compile_failed');
    expect((await readBuildReport(folder, 1, 0)).failure).toEqual({ kind: 'compile_failed', app: 'Node.js' });
  });

  test('is the platform’s failure when the driver ended without a word', async () => {
    expect((await readBuildReport(folder, 137, 0)).failure).toMatchObject({ kind: 'platform' });
    expect((await readBuildReport(folder, 0, 0)).failure).toBeNull();
  });

  test('is read without control characters and without following links', async () => {
    await write('app', '\u001b[31mNode\u0007\nsecond line');
    await symlink('/etc/hostname', join(folder, 'buildpacks'));
    const report = await readBuildReport(folder, 0, 0);
    expect(report.buildpackDescription).toBe('[31mNode');
    expect(report.buildpacks).toEqual([]);
  });

  test('has the seconds of each phase', () => {
    expect(phasesOf('10.5 unpack\n11.0 compile heroku/nodejs\nrubbish\n13.25 end\n', 10)).toEqual([
      { name: 'start', seconds: 0.5 },
      { name: 'unpack', seconds: 0.5 },
      { name: 'compile heroku/nodejs', seconds: 2.25 },
    ]);
    expect(phasesOf('', 10)).toEqual([]);
  });
});

test('an empty Procfile counts as none', async () => {
  await write('Procfile', '\n');
  await write('release.yml', 'default_process_types: {web: x}');
  expect(await readDeclaredTypes(folder)).toMatchObject({
    procfile: null,
    defaults: { web: 'x' },
    warnings: [expect.stringContaining('empty')],
  });
});
