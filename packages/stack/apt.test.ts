import { expect, test } from 'vitest';
import { parseUris } from './apt.ts';

test('what apt would install is read from its list, epochs too, in one order', () => {
  const output = [
    'Reading package lists...',
    "'http://mirror/pool/main/r/ruby3.3/ruby3.3_3.3.8-2+deb13u1_amd64.deb' ruby3.3_3.3.8-2+deb13u1_amd64.deb 57740 SHA256:0a",
    "'http://mirror/pool/main/g/gmp/libgmp-dev_6.3.0_amd64.deb' libgmp-dev_2%3a6.3.0+dfsg-3_amd64.deb 642124 SHA256:0b",
    "'http://mirror/pool/x' ../evil_1_amd64.deb 1 SHA256:0c",
    '',
  ].join('\n');
  expect(parseUris(output)).toEqual([
    { name: 'libgmp-dev', version: '2:6.3.0+dfsg-3' },
    { name: 'ruby3.3', version: '3.3.8-2+deb13u1' },
  ]);
});
