import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSquashfsPacker } from './squashfs.ts';

test('what packs is sent to the background; where that cannot be it packs all the same', async () => {
  const root = await mkdtemp(join(tmpdir(), 'jangada-squashfs-'));
  try {
    await mkdir(join(root, 'tree'));
    await writeFile(join(root, 'tree', 'web.js'), 'x'.repeat(1024 * 1024));
    const sent: string[] = [];
    const pack = createSquashfsPacker(async (pid) => {
      const name = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
      sent.push(name);
      throw new Error('There is no such group.');
    });
    await pack(join(root, 'tree'), join(root, 'slug'), [], new AbortController().signal);
    expect(sent).toEqual(['mksquashfs']);
    expect((await readFile(join(root, 'slug'))).subarray(0, 4).toString()).toBe('hsqs');
  } finally {
    await rm(root, { recursive: true });
  }
});
