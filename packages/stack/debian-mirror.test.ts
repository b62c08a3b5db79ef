import { expect, test } from 'vitest';
import { sourcesFrom, transportOptions } from './debian-mirror.ts';

const TARGETS = [
  'http://mirror.test/debian/|Debian|Debian|bookworm|main',
  'http://mirror.test/debian/|Debian|Debian|bookworm-updates|main',
  'http://mirror.test/debian-security/|Debian|Debian-Security|bookworm-security|main',
  'https://elsewhere.test/node|. nodistro|. nodistro|nodistro|main',
].join('\n');

test("the stack's suite comes from the mirror that the machine's own apt uses", () => {
  expect(sourcesFrom(TARGETS, 'trixie', null)).toEqual([
    'deb http://mirror.test/debian/ trixie main',
    'deb http://mirror.test/debian/ trixie-updates main',
    'deb http://mirror.test/debian-security/ trixie-security main',
  ]);
});

test('a mirror that the operator names wins', () => {
  expect(sourcesFrom(TARGETS, 'trixie', 'http://own.test/debian')[0]).toBe('deb http://own.test/debian trixie main');
});

test('without any Debian mirror the message says which setting helps', () => {
  expect(() => sourcesFrom('', 'trixie', null)).toThrow(/JANGADA_DEBIAN_MIRROR/);
});

test('proxies and certificates of the machine are handed on, other options are not', () => {
  const dump =
    'Acquire::http::Proxy=http://proxy.test:3128\nAcquire::https::CaInfo=/etc/ca.pem\nAcquire::cdrom::mount=/media\n';
  expect(transportOptions(dump)).toEqual([
    'Acquire::http::Proxy=http://proxy.test:3128',
    'Acquire::https::CaInfo=/etc/ca.pem',
  ]);
});
