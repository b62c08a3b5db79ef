import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_DYNO_UIDS, readDynoUids } from '@jangada/core';

/**
 * What `doctor` says of dynos' users. Nothing is wrong with a machine that cannot tell them apart: it runs as before, and says
 * what would be better. `probe` resolves with null, or with why a dyno cannot have the user id.
 */
export async function describeDynoUsers(
  dynoUids: string | null,
  probe: (uid: number) => Promise<string | null>,
): Promise<string> {
  const range = dynoUids === null ? DEFAULT_DYNO_UIDS : readDynoUids(dynoUids);
  if (range === null) return 'all dynos are one user of this machine (JANGADA_DYNO_UIDS=off)';
  const obstacle = await probe(range.last);
  if (obstacle === null) return `each dyno is a user of its own (${range.first} to ${range.last})`;
  return `all dynos are one user of this machine, because it cannot mount slugs for others (${obstacle}); Linux 6.2 or newer can, such as Debian 13's`;
}

/** Tries it, in a folder that is gone afterwards. */
export async function tryDynoUid(uid: number): Promise<string | null> {
  // Loaded when it is asked for: no other command needs the engine.
  const { probeOwnUids } = await import('@jangada/engine-docker');
  const folder = await mkdtemp(join(tmpdir(), 'jangada-doctor-'));
  try {
    return await probeOwnUids(join(folder, 'probe'), uid);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
