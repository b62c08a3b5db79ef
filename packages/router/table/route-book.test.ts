import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.ts';
import { hostWish } from '../plan/maps.ts';
import { routeOf } from '../testing/app-route.ts';
import { RouteBook } from './route-book.ts';

const dyno = (dynoId: string, port = 5000) => ({
  dynoId,
  name: 'web.1',
  address: '10.0.0.2',
  port,
  state: 'up' as const,
});

test('a dyno keeps its server’s name while it stays where it is, and never gets an old one', () => {
  const book = new RouteBook({ plain: 4, custom: 2 }, DEFAULT_LIMITS);
  book.put(routeOf({ dynos: [dyno('d1')] }));
  book.put(routeOf({ dynos: [dyno('d2'), dyno('d1')] }));
  expect(book.serversOn('b0').map((server) => server.name)).toEqual(['web.1.2', 'web.1.1']);
  book.put(routeOf({ dynos: [dyno('d2', 6000)] }));
  expect(book.serversOn('b0').map((server) => server.name)).toEqual(['web.1.3']);
});

test('of two apps that claim a host the later one has it, and the earlier one cannot take it away', () => {
  const book = new RouteBook({ plain: 4, custom: 2 }, DEFAULT_LIMITS);
  book.put(routeOf({ appId: 'a', hosts: ['x.test'] }));
  book.put(routeOf({ appId: 'b', hosts: ['x.test'] }));
  book.put(routeOf({ appId: 'a', hosts: [] }));
  expect(book.find('x.test')?.route.appId).toBe('b');
});

test('a host that its app gives up goes to the app that claimed it last among the others, in HAProxy too', () => {
  const book = new RouteBook({ plain: 4, custom: 2 }, DEFAULT_LIMITS);
  for (const appId of ['a', 'b', 'c']) book.put(routeOf({ appId, hosts: ['x.test', '*.x.test'] }));
  expect(book.wishesFor([], book.put(routeOf({ appId: 'c', hosts: ['c.test'] })))).toEqual([
    hostWish('x.test', book.get('b')!.backend),
    hostWish('*.x.test', book.get('b')!.backend),
    hostWish('c.test', book.get('c')!.backend),
  ]);
  expect(book.wishesFor([], book.remove('b'))).toEqual([
    hostWish('x.test', book.get('a')!.backend),
    hostWish('*.x.test', book.get('a')!.backend),
  ]);
  expect(book.find('www.x.test')?.route.appId).toBe('a');
  book.remove('a');
  expect(book.find('x.test')).toBeUndefined();
  expect(book.hosts()).toEqual(['c.test']);
});

test('what comes back from disk goes on where it was', () => {
  const book = new RouteBook({ plain: 2, custom: 1 }, DEFAULT_LIMITS);
  book.put(routeOf({ appId: 'a', hosts: ['a.test', '*.a.test'], dynos: [dyno('d1')] }));
  book.put(routeOf({ appId: 'b', hosts: ['b.test'] }));
  const again = new RouteBook({ plain: 2, custom: 1 }, DEFAULT_LIMITS, JSON.parse(JSON.stringify(book.content())));
  expect(again.find('www.a.test')?.route.appId).toBe('a');
  expect(again.find('a.b.a.test')).toBeUndefined();
  again.put(routeOf({ appId: 'a', hosts: ['a.test'], dynos: [dyno('d2'), dyno('d1')] }));
  expect(again.serversOn('b0').map((server) => server.name)).toEqual(['web.1.2', 'web.1.1']);
});

test('the pool grows when the apps are more, and a removed app’s backend rests until it is released', () => {
  const book = new RouteBook({ plain: 1, custom: 1 }, DEFAULT_LIMITS);
  book.put(routeOf({ appId: 'a' }));
  book.remove('a');
  book.put(routeOf({ appId: 'b' }));
  expect(book.get('b')?.backend).toBe('b1');
  expect(book.pool.sizes).toEqual({ plain: 2, custom: 1 });
  book.release('b0');
  book.put(routeOf({ appId: 'c' }));
  expect(book.get('c')?.backend).toBe('b0');
});

test('an app moves to a backend of the other kind when it begins or ceases to have settings of its own', () => {
  const book = new RouteBook({ plain: 1, custom: 1 }, DEFAULT_LIMITS);
  book.put(routeOf({ appId: 'a', dynos: [dyno('d1')] }));
  book.put(routeOf({ appId: 'a', dynos: [dyno('d1')], sessionAffinity: true }));
  expect(book.backendsOf('a')).toEqual(['b-1', 'b0']);
  expect(book.serversOn('b-1').map((server) => server.name)).toEqual(['web.1.1']);
  expect(book.serversOn('b0')).toEqual([]);
  expect(book.appOn('b0')).toBeUndefined();
  expect(book.appOfRequestOn('b0')).toBe('a');
  book.release('b0');
  expect(book.appOfRequestOn('b0')).toBeUndefined();
  book.put(routeOf({ appId: 'a', dynos: [dyno('d1')] }));
  expect(book.backendsOf('a')).toEqual(['b0', 'b-1']);
});

test('an app whose kept place is of the wrong kind, as in a table of an earlier version, gets another', () => {
  const route = routeOf({ appId: 'a', hosts: ['a.test'], sessionAffinity: true });
  const content = { sequence: 0, entries: [{ route, backend: 'b0', dynos: [] }] };
  const book = new RouteBook({ plain: 1, custom: 1 }, DEFAULT_LIMITS, content);
  expect(book.get('a')?.backend).toBe('b-1');
  book.put(routeOf({ appId: 'b', hosts: ['b.test'] }));
  expect(book.get('b')?.backend).toBe('b0');
});

test('an app whose backend has a name of an earlier version gets another', () => {
  const entries = ['b00000', 'c00001'].map((backend) => ({
    route: routeOf({ appId: backend, hosts: [], sessionAffinity: backend.startsWith('c') }),
    backend,
    dynos: [],
  }));
  const book = new RouteBook({ plain: 1, custom: 1 }, DEFAULT_LIMITS, { sequence: 0, entries });
  expect(entries.map(({ backend }) => book.get(backend)?.backend)).toEqual(['b0', 'b-1']);
  expect(book.pool.all()).toEqual(['b0', 'b-1']);
});
