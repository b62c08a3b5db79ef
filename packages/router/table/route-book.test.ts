import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.ts';
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
  const book = new RouteBook(4, DEFAULT_LIMITS);
  book.put(routeOf({ dynos: [dyno('d1')] }));
  book.put(routeOf({ dynos: [dyno('d2'), dyno('d1')] }));
  expect(book.serversOn('b00000').map((server) => server.name)).toEqual(['web.1.2', 'web.1.1']);
  book.put(routeOf({ dynos: [dyno('d2', 6000)] }));
  expect(book.serversOn('b00000').map((server) => server.name)).toEqual(['web.1.3']);
});

test('of two apps that claim a host the later one has it, and the earlier one cannot take it away', () => {
  const book = new RouteBook(4, DEFAULT_LIMITS);
  book.put(routeOf({ appId: 'a', hosts: ['x.test'] }));
  book.put(routeOf({ appId: 'b', hosts: ['x.test'] }));
  book.put(routeOf({ appId: 'a', hosts: [] }));
  expect(book.find('x.test')?.route.appId).toBe('b');
});

test('what comes back from disk goes on where it was', () => {
  const book = new RouteBook(2, DEFAULT_LIMITS);
  book.put(routeOf({ appId: 'a', hosts: ['a.test', '*.a.test'], dynos: [dyno('d1')] }));
  book.put(routeOf({ appId: 'b', hosts: ['b.test'] }));
  const again = new RouteBook(2, DEFAULT_LIMITS, JSON.parse(JSON.stringify(book.content())));
  expect(again.find('www.a.test')?.route.appId).toBe('a');
  expect(again.find('a.b.a.test')).toBeUndefined();
  again.put(routeOf({ appId: 'a', hosts: ['a.test'], dynos: [dyno('d2'), dyno('d1')] }));
  expect(again.serversOn('b00000').map((server) => server.name)).toEqual(['web.1.2', 'web.1.1']);
});

test('the pool grows when the apps are more, and a removed app’s backend rests until it is released', () => {
  const book = new RouteBook(1, DEFAULT_LIMITS);
  book.put(routeOf({ appId: 'a' }));
  book.remove('a');
  book.put(routeOf({ appId: 'b' }));
  expect(book.get('b')?.backend).toBe('b00001');
  expect(book.pool.size).toBe(2);
  book.release('b00000');
  book.put(routeOf({ appId: 'c' }));
  expect(book.get('c')?.backend).toBe('b00000');
});
