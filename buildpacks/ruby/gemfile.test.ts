import { describe, expect, test } from 'vitest';
import { explainBundler, readLockfile, requirePlatform, wantedRuby } from './gemfile.ts';
import { defaultProcessTypes } from './process-types.ts';

const LOCKFILE = `GEM
  remote: https://rubygems.org/
  specs:
    railties (8.0.1)
      rake (>= 12.2)
    nokogiri (1.18.1-x86_64-linux-gnu)

PLATFORMS
  arm64-darwin-23
  x86_64-linux

DEPENDENCIES
  railties (~> 8.0)

RUBY VERSION
   ruby 3.3.5p100

BUNDLED WITH
   2.5.16
`;

describe('a Gemfile.lock', () => {
  test('says which gems there are, for which machines, and the Ruby', () => {
    const lockfile = readLockfile(LOCKFILE.replaceAll('\n', '\r\n'));
    expect([...lockfile.gems]).toEqual([
      ['railties', '8.0.1'],
      ['nokogiri', '1.18.1-x86_64-linux-gnu'],
    ]);
    expect(lockfile).toMatchObject({ ruby: '3.3.5', platforms: ['arm64-darwin-23', 'x86_64-linux'] });
    expect(() => requirePlatform(lockfile)).not.toThrow();
  });

  test('that is for other machines only is refused with what to run', () => {
    const lockfile = readLockfile('PLATFORMS\n  arm64-darwin-23\n  x64-mingw32\n');
    expect(() => requirePlatform(lockfile)).toThrow(/arm64-darwin-23 and x64-mingw32 only.*--add-platform/);
  });
});

describe('the Ruby of a Gemfile', () => {
  test.each([
    ['ruby "3.3.5"', '3.3.5'],
    ["ruby '~> 3.3'", '>=3.3 <4'],
    ['  ruby("~> 3.3.1") # ours', '>=3.3.1 <3.4'],
    ['ruby ">= 3.2", "< 3.5"', '>=3.2 <3.5'],
    ['ruby file: ".ruby-version"', '3.3.4'],
    ['gem "ruby-vips"', null],
  ])('is read from %s', (line, range) => {
    const read = wantedRuby(`source "https://rubygems.org"\n${line}\ngem "rack"\n`, () => 'ruby-3.3.4\n');
    expect(read).toBe(range);
  });

  test('is refused when it cannot be read', () => {
    expect(() => wantedRuby('ruby "jruby"', () => null)).toThrow(/asks for Ruby "jruby"/);
    expect(() => wantedRuby('ruby file: ".ruby-version"', () => null)).toThrow(/from \.ruby-version, which has none/);
  });
});

describe('default process types', () => {
  const of = (gems: readonly string[], files: readonly string[] = []) =>
    defaultProcessTypes({ gems: new Map(gems.map((name) => [name, '1'])) }, (name) => files.includes(name));

  test('are Heroku’s for Rails, Rack and others', () => {
    expect(of(['railties', 'rake', 'puma'], ['config.ru'])).toEqual({
      web: `bin/rails server -p \${PORT:-5000} -e $RAILS_ENV`,
      console: 'bin/rails console',
      rake: 'bundle exec rake',
      worker: 'bundle exec rake jobs:work',
    });
    expect(of(['rackup'], ['config.ru'])).toMatchObject({ web: `bundle exec rackup config.ru -p \${PORT:-5000}` });
    expect(of(['puma'], ['config.ru'])).toMatchObject({ web: `bundle exec puma -p \${PORT:-5000}` });
    expect(of(['sidekiq'])).toEqual({ console: 'bundle exec irb' });
  });
});

test.each([
  ['Your bundle is locked to tide (2.0.0) from rubygems repository', /No gem server has tide/],
  [
    "The dependencies in your gemfile changed, but the lockfile can't be updated because frozen mode is set",
    /do not fit/,
  ],
  ['Your Ruby version is 3.3.14, but your Gemfile specified 3.2.0', /bundle update --ruby/],
  [
    'Gem::Ext::BuildError: ERROR: Failed to build gem native extension.\nfatal error: mysql.h: No such file',
    /mysql\.h/,
  ],
  ['ERROR: Failed to build gem native extension.\nsh: 1: make: not found', /build layer of the stack/],
])('a failure of Bundler is explained: %s', (output, advice) => {
  expect(explainBundler(output.split('\n')).join(' ')).toMatch(advice);
  expect(explainBundler(['something else'])).toEqual([]);
});
