import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeControlGroups } from './control-groups.ts';

test('the groups of one installation go, at the top and of every controller; those of others stay', async () => {
  const root = await mkdtemp(join(tmpdir(), 'cgroup-'));
  try {
    for (const folder of [
      'cpu/jangada_abcdef012345/platform',
      'memory/jangada_abcdef012345',
      'cpu/jangada_000000000000',
    ])
      await mkdir(join(root, folder), { recursive: true });
    for (const folder of ['jangada_abcdef012345.slice/platform', 'docker'])
      await mkdir(join(root, folder), { recursive: true });
    await removeControlGroups('abcdef012345', root);
    expect((await readdir(root, { recursive: true })).sort()).toEqual([
      'cpu',
      'cpu/jangada_000000000000',
      'docker',
      'memory',
    ]);
  } finally {
    await rm(root, { recursive: true });
  }
});
