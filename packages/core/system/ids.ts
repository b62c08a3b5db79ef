import { randomBytes, randomInt } from 'node:crypto';
import type { Ids } from '../ports/ids.ts';

/** Identifiers from the machine's clock and its cryptographic random source. */
export const systemIds: Ids = {
  uuid: nextUuid,
  secret: (bytes = 32) => randomBytes(bytes).toString('hex'),
  integer: (min, max) => randomInt(min, max + 1),
};

let lastMs = 0;
let sequence = 0;

/**
 * UUID version 7 (RFC 9562): 48 bits of milliseconds, then 12 bits that count within a millisecond, so that ids of one
 * process always sort in the order they were made, then 62 random bits.
 */
function nextUuid(): string {
  const bytes = randomBytes(16);
  const ms = Date.now();
  if (ms > lastMs) {
    lastMs = ms;
    sequence = bytes.readUInt16BE(6) & 0x1ff;
  } else if (++sequence > 0xfff) {
    lastMs += 1;
    sequence = 0;
  }
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes.writeUInt16BE(0x7000 | sequence, 6);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
