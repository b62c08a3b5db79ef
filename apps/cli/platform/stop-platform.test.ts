import { expect, test } from 'vitest';
import { mountsBelow } from './stop-platform.ts';

test("what we mounted is unmounted, the deepest first, and an operator's own disks stay", () => {
  const points = [
    '/',
    '/j',
    '/j/postgres',
    '/j/dynos',
    '/j/dynos/a/disk',
    '/j/dynos/a/disk/b\\040c',
    '/j/mounts/0f',
    '/k',
  ];
  const table = points.map((point, index) => `${index} 1 8:1 / ${point} rw - ext4 /dev/x rw`).join('\n');
  expect(mountsBelow(table, ['/j/mounts', '/j/dynos', '/j/run'])).toEqual([
    '/j/dynos/a/disk/b c',
    '/j/dynos/a/disk',
    '/j/mounts/0f',
  ]);
});
