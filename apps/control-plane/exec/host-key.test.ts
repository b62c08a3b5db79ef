import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import { makeKeyPair, openHostKey } from './host-key.ts';

async function inFolder(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'host-key-'));
  await work(join(folder, 'exec_host_key')).finally(() => rm(folder, { recursive: true }));
}

test('the host key is made once, even by two at a time, and only its owner reads it', () =>
  inFolder(async (path) => {
    const [one, other] = await Promise.all([openHostKey(path), openHostKey(path)]);
    expect(other).toEqual(one);
    expect(await openHostKey(path)).toEqual(one);
    expect(one.publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/]{68}$/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  }));

test('a damaged host key is said, not replaced: clients would meet a stranger', () =>
  inFolder(async (path) => {
    await writeFile(path, 'nonsense');
    await expect(openHostKey(path)).rejects.toThrow('is damaged');
    expect(await readFile(path, 'utf8')).toBe('nonsense');
  }));

test('every pair that is made can be read', () => {
  const unreadable = Array.from({ length: 1_000 }, makeKeyPair).filter(
    (pair) => ssh2.utils.parseKey(pair.private) instanceof Error,
  );
  expect(unreadable).toEqual([]);
});
