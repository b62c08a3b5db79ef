import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { archiveFormat, presentableUrl } from './source.ts';

test('an archive is known by its first bytes, whatever its name says', () => {
  const tar = Buffer.alloc(512);
  tar.write('ustar', 257);
  expect(archiveFormat(tar)).toBe('tar');
  expect(archiveFormat(gzipSync(tar))).toBe('gzip');
  expect(archiveFormat(Buffer.from('BZh9'))).toBe('bzip2');
  expect(archiveFormat(Buffer.from('fd377a585a0000', 'hex'))).toBe('xz');
  expect(archiveFormat(Buffer.from('28b52ffd', 'hex'))).toBe('zstd');
  expect(archiveFormat(Buffer.from('PK\u0003\u0004'))).toBe('zip');
});

test('pages and nothing at all are no archives', () => {
  expect(archiveFormat(Buffer.from('<!doctype html>'))).toBeNull();
  expect(archiveFormat(Buffer.alloc(0))).toBeNull();
  expect(archiveFormat(Buffer.alloc(512))).toBeNull();
});

test('a URL is kept without what gives access', () => {
  expect(presentableUrl('https://user:pass@example.com:8443/a/b.tgz?token=x#y')).toBe(
    'https://example.com:8443/a/b.tgz',
  );
  expect(presentableUrl('nonsense')).toBe('');
});
