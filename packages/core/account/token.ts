import { createHash } from 'node:crypto';

/** How a token is stored: SHA-256, hex. Tokens are 32 random bytes, so no salt is needed. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
