import { statfsSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeLayout } from '@jangada/core';
import { expect, test } from 'vitest';
import { judgeMachine, lookAtMachine, type MachineFacts } from './machine.ts';

const FACTS: MachineFacts = {
  uid: 0,
  platform: 'linux',
  arch: 'x64',
  osRelease: 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nID=debian\n',
  freeBytes: 50 * 1024 ** 3,
  folder: '/var/lib/jangada',
  isSetUp: false,
};

test('a Debian 13 machine with root and space is fine', () => {
  expect(judgeMachine(FACTS)).toEqual({ name: 'Debian GNU/Linux 13 (trixie)', isDebian: true });
});

test('too little space is refused with the figure and the setting that helps', () => {
  expect(() => judgeMachine({ ...FACTS, freeBytes: 2.5 * 1024 ** 3 })).toThrow(/Only 2\.5 GB .* JANGADA_HOME/);
});

test('an installation that is there starts on a disk that has filled up, but not on a full one', () => {
  expect(() => judgeMachine({ ...FACTS, isSetUp: true, freeBytes: 0.5 * 1024 ** 3 })).not.toThrow();
  expect(() => judgeMachine({ ...FACTS, isSetUp: true, freeBytes: 0.1 * 1024 ** 3 })).toThrow(/needs 0\.2 GB/);
});

test('the disk of the home itself is measured, before it is made that of the nearest folder above it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'machine-'));
  try {
    // A disk of its own: /proc has no room at all.
    await symlink('/proc', join(root, 'home'));
    expect(await lookAtMachine(homeLayout(join(root, 'home')))).toMatchObject({ freeBytes: 0, isSetUp: false });
    const { blocks, bsize } = statfsSync(root);
    const { freeBytes } = await lookAtMachine(homeLayout(join(root, 'not', 'yet')));
    expect(freeBytes).toBeGreaterThan(0);
    expect(freeBytes).toBeLessThanOrEqual(blocks * bsize);
    await writeFile(join(root, 'settings.json'), '{}');
    expect(await lookAtMachine(homeLayout(root))).toMatchObject({ isSetUp: true });
  } finally {
    await rm(root, { recursive: true });
  }
});

test('an ordinary user is told to become root', () => {
  expect(() => judgeMachine({ ...FACTS, uid: 1000 })).toThrow(/as root/);
});

test('another system is not refused here, because its programs may all be there', () => {
  expect(judgeMachine({ ...FACTS, osRelease: 'ID=fedora\nVERSION_ID="40"\nPRETTY_NAME="Fedora 40"\n' })).toEqual({
    name: 'Fedora 40',
    isDebian: false,
  });
});
