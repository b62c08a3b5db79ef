import { createHash } from 'node:crypto';

/**
 * A UUID made out of a name (version 8: SHA-256), the same on every installation. For what the platform itself offers
 * and nobody creates: stacks, regions, dyno sizes, features.
 */
export function nameUuid(name: string): string {
  const hash = createHash('sha256').update(`jangada:${name}`).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
