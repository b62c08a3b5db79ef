import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { fewAtOnce } from '../system/few-at-once.ts';

/** Cost of new hashes: about 60 ms and 32 MB each. Kept in the hash, so that it can be raised later. */
const COST = { N: 32_768, r: 8, p: 1 };
const KEY_BYTES = 32;

/**
 * One bound for the whole process, whoever asks: scrypt runs on the four threads that its file I/O needs too, and strangers
 * may ask for it. With 20 waiting, the last one waits for less than a second.
 */
const inTurn = fewAtOnce({
  running: 2,
  waiting: 20,
  refusal: 'Too many people are logging in at this moment. Wait a few seconds and try again.',
});

/** Hashes a password as `scrypt$N$r$p$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/**
 * Whether the password is the hashed one. Takes as long for an account without a password as for a wrong one. Throws
 * `rate_limit` when too many passwords wait to be verified.
 */
export function verifyPassword(password: string, passwordHash: string | null): Promise<boolean> {
  return inTurn(() => matches(password, passwordHash));
}

async function matches(password: string, passwordHash: string | null): Promise<boolean> {
  const [kind, N, r, p, salt, expected] = (passwordHash ?? (await decoy())).split('$');
  if (kind !== 'scrypt' || !salt || !expected) return false;
  const key = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) });
  return timingSafeEqual(key, Buffer.from(expected, 'base64url')) && passwordHash !== null;
}

let decoyHash: Promise<string> | undefined;

function decoy(): Promise<string> {
  decoyHash ??= hashPassword(randomBytes(16).toString('hex'));
  return decoyHash;
}

function derive(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  const options = { ...cost, maxmem: 256 * cost.N * cost.r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
