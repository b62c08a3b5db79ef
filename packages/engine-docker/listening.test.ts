import { expect, test } from 'vitest';
import { showsListener } from './listening.ts';

const table = (local: string, state: string): string =>
  `  sl  local_address rem_address   st\n   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000`;

test('a listener on all addresses or the container’s own is seen', () => {
  expect(showsListener(table('00000000:1388', '0A'), 5000)).toBe(true);
  expect(showsListener(table('0200C80A:1388', '0A'), 5000)).toBe(true);
  expect(showsListener(table('00000000000000000000000000000000:1388', '0A'), 5000)).toBe(true);
});

test('another port, another state, and a listener that only the dyno itself reaches are not', () => {
  expect(showsListener(table('00000000:1389', '0A'), 5000)).toBe(false);
  expect(showsListener(table('00000000:1388', '01'), 5000)).toBe(false);
  expect(showsListener(table('0100007F:1388', '0A'), 5000)).toBe(false);
  expect(showsListener(table('0B00007F:1388', '0A'), 5000)).toBe(false);
  expect(showsListener(table('00000000000000000000000001000000:1388', '0A'), 5000)).toBe(false);
  expect(showsListener(table('0000000000000000FFFF00000100007F:1388', '0A'), 5000)).toBe(false);
});
