import { expect, test } from 'vitest';
import { createSealer } from './sealer.ts';

const sealer = createSealer(Buffer.alloc(32, 1));
const value = { DATABASE_URL: 'postgres://u:s3cr3t@db/app', EMPTY: '' };

test('a sealed value can be read again and does not show what it holds', () => {
  const sealed = sealer.seal(value, 'releases.config_vars:r1');
  expect(sealer.unseal(sealed, 'releases.config_vars:r1')).toStrictEqual(value);
  expect(sealed.toString('latin1')).not.toContain('s3cr3t');
});

test('the same value is sealed differently each time', () => {
  expect(sealer.seal(value, 'p')).not.toEqual(sealer.seal(value, 'p'));
});

test('a sealed value moved to another row, changed, cut or sealed with another key is refused', () => {
  const sealed = sealer.seal(value, 'releases.config_vars:r1');
  expect(() => sealer.unseal(sealed, 'releases.config_vars:r2')).toThrow(/cannot be read/);
  for (const at of [0, 2, 7, 20, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    expect(() => sealer.unseal(changed, 'releases.config_vars:r1')).toThrow(/cannot be read/);
  }
  expect(() => sealer.unseal(sealed.subarray(0, 20), 'releases.config_vars:r1')).toThrow(/cannot be read/);
  const other = createSealer(Buffer.alloc(32, 2));
  expect(other.keyId).not.toBe(sealer.keyId);
  expect(() => other.unseal(sealed, 'releases.config_vars:r1')).toThrow(/master key/);
});

test('a master key of another length is refused', () => {
  expect(() => createSealer(Buffer.alloc(16))).toThrow(/32 bytes/);
});
