import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { PlatformError } from '@jangada/platform-api';

const FORMAT = 1;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;

/** Encrypts values of sealed columns. */
export interface Sealer {
  /** Eight hex digits that tell which key seals now; reveals nothing of it. */
  readonly keyId: string;
  /** `place` (table, column and row) is authenticated, so that a sealed value is worthless anywhere else. */
  seal(value: unknown, place: string): Buffer;
  /** Throws when the value was sealed with another key, for another place, or was changed. */
  unseal(sealed: Buffer, place: string): unknown;
}

/**
 * AES-256-GCM with a key derived from the installation's master key (32 bytes) by HKDF-SHA-256. A sealed value is: format
 * (1 byte), key id (4), nonce (12), ciphertext of the JSON text, tag (16). The key id lets keys be replaced one row at a time.
 */
export function createSealer(masterKey: Buffer): Sealer {
  if (masterKey.length !== 32) {
    throw new PlatformError('invalid_params', `The master key must be 32 bytes long, not ${masterKey.length}.`);
  }
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', 'jangada store sealed columns', 32));
  const keyId = createHash('sha256').update('jangada key id').update(key).digest().subarray(0, KEY_ID_BYTES);

  return {
    keyId: keyId.toString('hex'),

    seal(value, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const head = Buffer.concat([Buffer.of(FORMAT), keyId, nonce]);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place));
      const text = cipher.update(JSON.stringify(value), 'utf8');
      return Buffer.concat([head, text, cipher.final(), cipher.getAuthTag()]);
    },

    unseal(sealed, place) {
      const ofThisKey = sealed[0] === FORMAT && sealed.subarray(1, 1 + KEY_ID_BYTES).equals(keyId);
      if (!ofThisKey || sealed.length < HEAD_BYTES + TAG_BYTES) throw unreadable(place);
      const nonce = sealed.subarray(1 + KEY_ID_BYTES, HEAD_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(place))
        .setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        const text = Buffer.concat([decipher.update(sealed.subarray(HEAD_BYTES, -TAG_BYTES)), decipher.final()]);
        return JSON.parse(text.toString('utf8'));
      } catch (error) {
        throw unreadable(place, error);
      }
    },
  };
}

function unreadable(place: string, cause?: unknown): PlatformError {
  return new PlatformError(
    'store_unavailable',
    `The sealed value ${place} cannot be read with this installation's master key. Restore the key file that belongs to this database.`,
    { cause },
  );
}
