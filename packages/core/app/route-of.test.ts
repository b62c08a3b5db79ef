import { expect, test } from 'vitest';
import { type RouteInput, routeOf } from './route-of.ts';

const input = (configVars: Readonly<Record<string, string>>): RouteInput => ({
  app: { id: 'a', name: 'demo', maintenance: false },
  hosts: ['demo.test'],
  release: { configVars },
  webQuantity: 1,
  dynos: [],
  containers: new Map(),
  sessionAffinity: false,
});

test('a page of Heroku’s form without a scheme is one over https', () => {
  const pages = { ERROR_PAGE_URL: '//s3.amazonaws.com/b/e.html', MAINTENANCE_PAGE_URL: '//s3.amazonaws.com/b/m.html' };
  expect(routeOf(input(pages))).toMatchObject({
    errorPageUrl: 'https://s3.amazonaws.com/b/e.html',
    maintenancePageUrl: 'https://s3.amazonaws.com/b/m.html',
  });
});

test.each(['', ' ', 'example.com/e.html', '//', 'none', 'ftp://x.test/'])(
  'a page at %j counts as not set: the router would refuse the whole route',
  (url) => {
    const route = routeOf(input({ ERROR_PAGE_URL: url, MAINTENANCE_PAGE_URL: url }));
    expect(route).toMatchObject({ errorPageUrl: null, maintenancePageUrl: null });
  },
);
