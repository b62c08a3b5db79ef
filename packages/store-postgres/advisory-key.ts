import { createHash } from 'node:crypto';

/** The number under which PostgreSQL knows a lock: 64 bits of a hash, as text because it does not fit a JavaScript number. */
export function advisoryKey(name: string): string {
  return createHash('sha256').update(`jangada ${name}`).digest().readBigInt64BE().toString();
}
