import { describe, expect, test } from 'vitest';
import { rangeOf, readComposerApp } from './composer.ts';
import { chooseExtensions, type Extension, parseModules } from './extensions.ts';
import { explainFailure } from './failures.ts';

describe('composer.json', () => {
  test('with its lock says what a build needs to know, extensions of the packages too', () => {
    const json = JSON.stringify({
      require: { php: '^8.2', 'ext-Redis': '*', 'a/b': '1.0' },
      config: { 'bin-dir': 'bin/' },
      scripts: { compile: 'x' },
    });
    const lock = JSON.stringify({ packages: [{ name: 'a/b', require: { 'ext-gd': '*', php: '>=7' } }] });
    expect(readComposerApp(json, lock)).toEqual({
      php: '^8.2',
      extensions: ['gd', 'redis'],
      vendorFolder: 'vendor',
      binFolder: 'bin',
      hasCompile: true,
    });
    expect(readComposerApp('{"config":{"platform":{"php":"8.3.1"}}}', null).php).toBeNull();
  });

  test.each([
    ['{', null, /composer.json is not valid JSON/],
    ['7', null, /must hold an object/],
    ['{"require":{"a/b":"1"}}', null, /No composer.lock found/],
    ['{"require-dev":{"a/b":"1"}}', null, /No composer.lock found/],
    ['{}', '{', /composer.lock is not valid JSON/],
    ['{"config":{"vendor-dir":"../x"}}', null, /outside of the app/],
  ])('%s with the lock %s is an error that says what to do', (json, lock, message) => {
    expect(() => readComposerApp(json, lock)).toThrow(message);
  });

  test.each([
    ['^8.2', '^8.2'],
    ['~8.2', '>=8.2 <9'],
    ['~8.2.3', '~8.2.3'],
    ['>= 8.1, < 8.5', '>=8.1 <8.5'],
    ['8.3.*|8.4.*', '8.3.x || 8.4.x'],
    ['^7.4 || ^8.0', '^7.4 || ^8.0'],
    ['>=8.1 !=8.2.1', '>=8.1'],
    ['8.1 - 8.4', '8.1 - 8.4'],
    ['^8.3@dev', '^8.3'],
    ['*', '*'],
  ])('the constraint %s is the range %s', (constraint, range) => {
    expect(rangeOf(constraint)).toBe(range);
  });
});

describe('extensions', () => {
  const extension = (name: string, priority: number, builtIn: boolean): Extension => ({
    name,
    file: `/${name}.ini`,
    priority,
    builtIn,
  });
  const there = [
    extension('redis', 25, false),
    extension('igbinary', 20, false),
    extension('msgpack', 20, false),
    extension('apcu', 20, false),
    extension('pdo_mysql', 20, true),
    extension('opcache', 10, true),
  ];
  const compiled = parseModules('[PHP Modules]\njson\nSPL\n\n[Zend Modules]\nZend OPcache\n');

  test('are PHP’s own, those asked for and what they need, in the order of loading', () => {
    const chosen = chooseExtensions(['json', 'redis', 'zend-opcache'], there, compiled);
    expect(chosen.map(({ name }) => name)).toEqual(['opcache', 'igbinary', 'msgpack', 'pdo_mysql', 'redis']);
  });

  test('that are not there are named, with what there is', () => {
    expect(() => chooseExtensions(['swoole'], there, compiled)).toThrow(
      /no extension ext-swoole.*apcu, igbinary, msgpack, redis/,
    );
  });
});

test.each([
  ['- Required package "a/b" is not present in the lock file.', /composer update --lock/],
  ['- a/b 1.0 requires ext-foo * -> it is missing from your system.', /"ext-foo"/],
  ['Your configuration does not allow connections to http://x. See secure-http', /secure-http/],
])('%s is explained', (line, message) => {
  expect(explainFailure([line]).join(' ')).toMatch(message);
});
