import type { Dyno } from './dyno.ts';

const MINUTE = 60_000;
const DAY_MS = 24 * 60 * MINUTE;
/** Up to this much later, another time for each dyno, so that dynos started together do not end together. */
const LONGEST_JITTER_MS = 216 * MINUTE;

/**
 * When a dyno that still runs is restarted, and a one-off ended: after a day and 0 to 216 minutes (behaviour 1.5). Every
 * start has a dyno id of its own, so a restart or release begins a new day. Null while it has not started.
 */
export function cycleAt(dyno: Pick<Dyno, 'id' | 'startedAt'>): Date | null {
  if (dyno.startedAt === null) return null;
  return new Date(dyno.startedAt.getTime() + DAY_MS + Math.floor(LONGEST_JITTER_MS * fractionOf(dyno.id)));
}

/** When a one-off that was given less than a day is ended; null while it has not started, and for others. */
export function expiryOf({ startedAt, timeToLive }: Pick<Dyno, 'startedAt' | 'timeToLive'>): Date | null {
  return startedAt === null || timeToLive === null ? null : new Date(startedAt.getTime() + timeToLive * 1_000);
}

/** The same number from 0 to 1 for the same text (FNV-1a, its bits spread by two multiplications). */
function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
