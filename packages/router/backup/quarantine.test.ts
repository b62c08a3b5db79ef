import type { RouteDyno } from '@jangada/core';
import { expect, test } from 'vitest';
import { Quarantine } from './quarantine.ts';

const dyno = (dynoId: string): RouteDyno => ({ dynoId, name: 'web.1', address: '10.0.0.2', port: 1, state: 'up' });

test('a dyno that failed is left out for that time, and longer when it fails again', () => {
  let now = 0;
  const quarantine = new Quarantine(5_000, () => now);
  const dynos = [dyno('a'), dyno('b')];
  const free = () => quarantine.free(dynos).map(({ dynoId }) => dynoId);
  quarantine.failed('a');
  expect(free()).toEqual(['b']);
  now = 4_999;
  expect(free()).toEqual(['b']);
  quarantine.failed('a');
  now = 5_000;
  expect(free()).toEqual(['b']);
  now = 9_999;
  expect(free()).toEqual(['a', 'b']);
});
