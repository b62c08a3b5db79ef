import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.ts';
import { routeOf } from '../testing/app-route.ts';
import { framed, mapFile, planMaps, readMap, wishesOf } from './maps.ts';

const nothing = (): undefined => undefined;

test('the host map changes last', () => {
  const route = routeOf({ errorPageUrl: 'https://x.test/sorry', sessionAffinity: true });
  expect(planMaps(wishesOf('a.test', { route, backend: 'b00001' }, DEFAULT_LIMITS), nothing)).toEqual([
    'add map errpage.map a.test <iframe\\ src="https://x.test/sorry"></iframe>',
    'add map affinity.map a.test 1',
    'add map special.map a.test 1',
    'add map hosts.map a.test b00001',
  ]);
});

test('a wildcard host goes into the map of wildcards', () => {
  const owner = { route: routeOf({}), backend: 'b00001' };
  expect(planMaps(wishesOf('*.a.test', owner, DEFAULT_LIMITS), nothing)).toEqual(['add map wild.map *.a.test b00001']);
});

test('an entry that is there is moved, one that is right is left, one of nobody is deleted', () => {
  const owner = { route: routeOf({}), backend: 'b00002' };
  const held = (map: string): string | undefined => (map === 'hosts.map' ? 'b00001' : undefined);
  expect(planMaps(wishesOf('a.test', owner, DEFAULT_LIMITS), held)).toEqual(['set map hosts.map a.test b00002']);
  expect(planMaps(wishesOf('a.test', { ...owner, backend: 'b00001' }, DEFAULT_LIMITS), held)).toEqual([]);
  expect(planMaps(wishesOf('a.test', null, DEFAULT_LIMITS), held)).toEqual(['del map hosts.map a.test']);
});

test('a page URL can neither leave its frame nor end a command', () => {
  expect(framed(`https://x.test/a'b?c="><script>&d=1;shutdown sessions`)).toBe(
    '<iframe src="https://x.test/a%27b?c=%22%3E%3Cscript%3E&d=1%3Bshutdown%20sessions"></iframe>',
  );
});

test('a map file reads back as what it was made of', () => {
  const entries = new Map([
    ['a.test', 'b00001'],
    ['b.test', 'a value with blanks'],
  ]);
  expect(mapFile(entries)).toBe('a.test b00001\nb.test a value with blanks\n');
  expect(readMap('0x1 a.test b00001\n0x2 b.test a value with blanks\n')).toEqual(entries);
});

test('an app’s own limits have entries, the router’s have none', () => {
  const limits = { requestTimeoutMs: 30_000, idleTimeoutMs: 90_000, maxRequestsPerDyno: 5 };
  const owner = { route: routeOf({ limits }), backend: 'b00001' };
  expect(planMaps(wishesOf('a.test', owner, DEFAULT_LIMITS), nothing)).toEqual([
    'add map idle.map a.test 90000',
    'add map requests.map a.test 5',
    'add map special.map a.test 1',
    'add map hosts.map a.test b00001',
  ]);
});
