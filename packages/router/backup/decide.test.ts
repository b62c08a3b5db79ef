import { expect, test } from 'vitest';
import { routeOf } from '../testing/app-route.ts';
import { decide } from './decide.ts';

const up = { dynoId: 'd', name: 'web.1', address: '10.0.0.2', port: 5000, state: 'up' as const };
const draining = { ...up, state: 'draining' as const };

test('maintenance comes before everything', () => {
  expect(decide(routeOf({ maintenance: true, dynos: [up] }), 0, 75_000)).toEqual({ kind: 'page', code: 'H80' });
});

test('a dyno that is up takes the request, whatever the state says', () => {
  expect(decide(routeOf({ state: 'starting', dynos: [draining, up] }), 80_000, 75_000)).toEqual({
    kind: 'dyno',
    dynos: [up],
  });
});

test.each([
  ['crashed', 'H10'],
  ['stopped', 'H14'],
  ['blank', 'H81'],
] as const)('%s answers %s at once', (state, code) => {
  expect(decide(routeOf({ state, dynos: [draining] }), 0, 75_000)).toEqual({ kind: 'page', code });
});

test.each(['serving', 'starting', 'asleep'] as const)('%s without a dyno holds until the limit, then H20', (state) => {
  expect(decide(routeOf({ state }), 74_999, 75_000)).toEqual({ kind: 'hold', wake: state === 'asleep' });
  expect(decide(routeOf({ state }), 75_000, 75_000)).toEqual({ kind: 'page', code: 'H20' });
});
