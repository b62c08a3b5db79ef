import { expect, test } from 'vitest';
import { parseAccept } from './accept.ts';

test.each([
  [undefined, null],
  ['*/*', null],
  ['application/json', null],
  ['application/vnd.heroku+json', null],
  ['application/vnd.heroku+json; version=3', null],
  ['application/vnd.heroku+json; version=3.sdk', 'sdk'],
  ['application/vnd.heroku+json;version=3.docker-releases', 'docker-releases'],
  ['text/html, application/json;q=0.9', null],
])('Accept %o asks for the variant %o', (header, variant) => {
  expect(parseAccept(header)).toEqual({ version: 3, variant });
});

test.each(['text/html', 'application/vnd.heroku+json; version=2', 'application/vnd.heroku+json; version=30'])(
  'Accept "%s" is not acceptable',
  (header) => {
    expect(() => parseAccept(header)).toThrow(/Accept: application\/vnd\.heroku\+json; version=3/);
  },
);
