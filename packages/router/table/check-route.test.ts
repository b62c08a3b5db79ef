import { expect, test } from 'vitest';
import { framed } from '../plan/maps.ts';
import { routeOf } from '../testing/app-route.ts';
import { checkRoute } from './check-route.ts';

test.each(['//x.test/', 'x.test/e.html', '', 'javascript:alert(1)', `https://x.test/${'ä'.repeat(400)}`])(
  'a route with a page at %j is refused',
  (url) => {
    expect(() => checkRoute(routeOf({ errorPageUrl: url }))).toThrow('ERROR_PAGE_URL must be ');
    expect(() => checkRoute(routeOf({ maintenancePageUrl: url }))).toThrow('MAINTENANCE_PAGE_URL must be ');
  },
);

test('a page that a route may have can be framed', () => {
  const url = `https://x.test/${'"'.repeat(600)}`;
  expect(() => checkRoute(routeOf({ errorPageUrl: url }))).not.toThrow();
  expect(framed(url).length).toBeLessThan(6_100);
});
