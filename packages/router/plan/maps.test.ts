import type { AppRoute } from '@jangada/core';
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.ts';
import { routeOf } from '../testing/app-route.ts';
import { backendWishes, framed, hostWish, type MapWish, mapFile, planMaps, readMap } from './maps.ts';

const nothing = (): undefined => undefined;

const wishes = (host: string, route: Partial<AppRoute>, backend = 'b1'): MapWish[] => [
  hostWish(host, backend),
  ...backendWishes(backend, routeOf(route), DEFAULT_LIMITS),
];

test('the host map changes last', () => {
  const route = { errorPageUrl: 'https://x.test/sorry', sessionAffinity: true };
  expect(planMaps(wishes('a.test', route), nothing)).toEqual([
    'add map errpage.map b1 <iframe\\ src="https://x.test/sorry"></iframe>',
    'add map settings.map b1 30000:55000:500:1:0',
    'add map hosts.map a.test 1',
  ]);
});

test('a wildcard host goes into the map of wildcards', () => {
  expect(planMaps(wishes('*.a.test', {}), nothing)).toEqual(['add map wild.map *.a.test 1']);
});

test('an entry that is there is moved, one that is right is left, one of nobody is deleted', () => {
  const held = (map: string): string | undefined => (map === 'hosts.map' ? '1' : undefined);
  expect(planMaps(wishes('a.test', {}, 'b2'), held)).toEqual(['set map hosts.map a.test 2']);
  expect(planMaps(wishes('a.test', {}), held)).toEqual([]);
  expect(planMaps([hostWish('a.test', null)], held)).toEqual(['del map hosts.map a.test']);
  const settings = (map: string): string | undefined => (map === 'settings.map' ? '1:2:3:0:0' : undefined);
  expect(planMaps(backendWishes('b1', null, DEFAULT_LIMITS), settings)).toEqual(['del map settings.map b1']);
});

test('a page URL can neither leave its frame nor end a command', () => {
  expect(framed(`https://x.test/a'b?c="><script>&d=1;shutdown sessions`)).toBe(
    '<iframe src="https://x.test/a%27b?c=%22%3E%3Cscript%3E&d=1%3Bshutdown%20sessions"></iframe>',
  );
});

test('a map file reads back as what it was made of', () => {
  const entries = new Map([
    ['a.test', 'b1'],
    ['b.test', 'a value with blanks'],
  ]);
  expect(mapFile(entries)).toBe('a.test b1\nb.test a value with blanks\n');
  expect(readMap('0x1 a.test b1\n0x2 b.test a value with blanks\n')).toEqual(entries);
});

test('an app’s own settings have one entry with all of them, the router’s have none', () => {
  const limits = { requestTimeoutMs: 30_000, idleTimeoutMs: 90_000, maxRequestsPerDyno: 5 };
  const value = (route: Partial<AppRoute>): string | null | undefined =>
    backendWishes('b1', routeOf(route), DEFAULT_LIMITS).find((wish) => wish.map === 'settings.map')?.value;
  expect(value({ limits, httpsRedirect: true })).toBe('30000:90000:5:0:1');
  expect(value({ limits: { requestTimeoutMs: 30_000 } })).toBeNull();
});
