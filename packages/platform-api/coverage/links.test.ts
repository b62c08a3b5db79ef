import { expect, test } from 'vitest';
import { API_LINKS, findApiLink } from './links.ts';
import { linksOf, readPublishedSchema } from './read-schema.ts';

const published = await readPublishedSchema();

test.skipIf(published === null)(
  'the list of operations is that of the published schema; skipped where shared/spec/schemas is not beside the repository',
  () => {
    expect(API_LINKS).toEqual(linksOf(published!));
  },
);

test('a request finds the operation that it is meant for', () => {
  expect(findApiLink('POST', '/apps/demo/acm')).toMatchObject({ resource: 'app', path: '/apps/{app}/acm' });
  expect(findApiLink('GET', '/apps/demo/bananas')).toBeNull();
});
