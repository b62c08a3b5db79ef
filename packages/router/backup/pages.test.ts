import { expect, test } from 'vitest';
import { routeOf } from '../testing/app-route.ts';
import { errorPageTemplate, noSuchAppPage, pageOf } from './pages.ts';

test('every page says its code, and 503', () => {
  expect(pageOf('H14', routeOf({}))).toMatchObject({
    status: 503,
    html: expect.stringContaining('No web dynos running'),
  });
  expect(pageOf('H81', routeOf({})).html).toContain('Nothing here yet');
  expect(noSuchAppPage()).toMatchObject({ status: 404, html: expect.stringContaining('No such app') });
});

test('an app’s own pages stand in a frame: one for errors, one for maintenance', () => {
  const route = routeOf({ errorPageUrl: 'https://x.test/error', maintenancePageUrl: 'https://x.test/away' });
  expect(pageOf('H10', route).html).toContain('<iframe src="https://x.test/error"></iframe>');
  expect(pageOf('H80', route).html).toContain('<iframe src="https://x.test/away"></iframe>');
  expect(pageOf('H81', route).html).not.toContain('<iframe src');
});

test('the template for HAProxy has one percent sign, its own', () => {
  expect(errorPageTemplate().split('%')).toHaveLength(2);
});
