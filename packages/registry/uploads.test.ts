import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { PlatformError } from '@jangada/platform-api';
import { expect, test } from 'vitest';
import { createUploads } from './uploads.ts';

const MEGABYTE = 1024 ** 2;

test('an upload is looked at again while its bytes come, and ends when there is no room for them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-uploads-'));
  let looks = 0;
  const requireRoom = async (): Promise<void> => {
    if (++looks === 3) throw new PlatformError('disk_full', 'Too little disk space.');
  };
  const uploads = createUploads({ folder: join(folder, 'uploads'), maxBytes: 1024 * MEGABYTE, requireRoom });
  await uploads.begin('a', 'app');
  const megabytes = (count: number): Readable =>
    Readable.from(Array.from({ length: count }, () => Buffer.alloc(MEGABYTE)));
  expect(await uploads.append('a', 'app', megabytes(20), null)).toBe(20 * MEGABYTE);
  expect(looks).toBe(2);
  await expect(uploads.append('a', 'app', megabytes(1), null)).rejects.toMatchObject({ id: 'disk_full' });
  expect(await uploads.size('a', 'app')).toBe(20 * MEGABYTE);
  await rm(folder, { recursive: true });
});
