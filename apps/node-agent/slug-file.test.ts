import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlobStore } from '@jangada/blob-store';
import { expect, test } from 'vitest';
import { slugFile } from './slug-file.ts';

test('the agent finds a slug where the blob store puts it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-blobs-'));
  const blobs = await openBlobStore(folder);
  const digest = `sha256:${'ab'.repeat(32)}`;
  expect(slugFile(folder, digest)).toBe(blobs.pathOf(digest));
  await rm(folder, { recursive: true });
});
