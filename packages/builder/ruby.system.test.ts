import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@jangada/conformance/free-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gemOf } from './test-archives.ts';
import { bash, type Files, failureOf, openTestBuilder, type TestBuilder } from './test-builder.ts';
import { serveDownloads, type TestDownloads } from './test-downloads.ts';

const example = fileURLToPath(new URL('../../examples/ruby-hello', import.meta.url));
const tide = gemOf('tide', '1.0.0', 'module Tide; NAME = "tide"; end\n');
/** What the buildpack needs of json: a gem newer than the version that Ruby brings. */
const json = gemOf('json', '99.0.0', 'module JSON; VERSION = "99.0.0"; end\n');
const digest = (algorithm: string, content: Buffer | string): string =>
  createHash(algorithm).update(content).digest('hex');

/** What the buildpack needs of rake: it lists its tasks and runs them. */
const rake = gemOf(
  'rake',
  '99.0.0',
  '',
  `case ARGV.first
when "-P" then puts "rake assets:precompile", "    environment", "rake assets:clean"
when "assets:precompile" then Dir.mkdir("public"); File.write("public/app.css", ENV.fetch("RAILS_ENV") + " " + ENV.fetch("DATABASE_URL"))
when "assets:clean" then puts "cleaned"
end
`,
);
let under: TestBuilder;
let server: TestDownloads;

beforeAll(async () => {
  const port = await freePort();
  under = await openTestBuilder({}, [port]);
  await under.makeStack();
  server = await serveDownloads(under.gateway, port, join(under.home.root, 'downloads'));
  let versions = 'created_at: 2020-01-01T00:00:00Z\n---\n';
  for (const [name, version, { file, content }] of [
    ['tide', '1.0.0', tide],
    ['json', '99.0.0', json],
    ['rake', '99.0.0', rake],
  ] as const) {
    const info = `---\n${version} |checksum:${digest('sha256', content)}\n`;
    versions += `${name} ${version} ${digest('md5', info)}\n`;
    server.file(`/info/${name}`, info);
    server.file(`/gems/${file}`, content);
  }
  server.file('/versions', versions);
});
afterAll(async () => {
  await server.close();
  await under.close();
});

/** A Gemfile with these gems of the test's server, and its lockfile. */
function bundle(gems: Readonly<Record<string, string>>, more: Files = {}): Files {
  const entries = Object.entries(gems);
  return {
    Gemfile: `source "${server.url}"\n${entries.map(([name, version]) => `gem "${name}", "${version}"\n`).join('')}`,
    'Gemfile.lock': [
      'GEM',
      `  remote: ${server.url}/`,
      '  specs:',
      ...entries.map(([name, version]) => `    ${name} (${version})`),
      '',
      'PLATFORMS',
      '  ruby',
      '',
      'DEPENDENCIES',
      ...entries.map(([name, version]) => `  ${name} (= ${version})`),
      '',
      'BUNDLED WITH',
      '   2.6.9',
      '',
    ].join('\n'),
    ...more,
  };
}

describe('a Ruby app', () => {
  test('with its gems in vendor/cache needs no gem server, and serves', async () => {
    const { result, output } = await under.build(example, { appId: 'hello' });
    expect(output.split('\n'), output).toEqual(
      expect.arrayContaining([
        '-----> Ruby app detected',
        '-----> Installing Ruby',
        expect.stringMatching(/^ {7}Preparing Ruby 3\.3\.\d+ for this server, once for all apps\.\.\.$/),
        expect.stringMatching(
          /^ ! {5}Gemfile\.lock names Ruby 3\.3\.5, which is not on this server: 3\.3\.\d+ is used\.$/,
        ),
        expect.stringMatching(/^-----> Installing dependencies using bundler 2\.\d+\.\d+$/),
        '       Installing tide_table 1.0.0',
        '-----> Build succeeded!',
        '       Procfile declares types     -> web',
        '       Default types for buildpack -> console',
      ]),
    );
    const seen = await under.run(
      result,
      `bundle exec ruby server.rb 2> /dev/null & for i in $(seq 1200); do curl -sf localhost:5000/ && break; sleep 0.1; done; kill %1
       echo; ruby -e 'require "openssl"; require "yaml"; require "bigdecimal"; puts RbConfig.ruby, Gem.path.first'
       rake --version; echo "$RACK_ENV $RAILS_ENV \${#SECRET_KEY_BASE}"`,
    );
    const [answer, ruby, gems, rake, env] = seen.split('\n');
    expect(JSON.parse(answer as string)).toMatchObject({ high_water: ['04:10', '16:35', '05:00'] });
    expect(ruby).toMatch(/^\/app\/\.jangada\/ruby-3\.3\.\d+-[0-9a-f]+\/usr\/bin\/ruby3\.3$/);
    expect(gems).toBe('/app/vendor/bundle/ruby/3.3.0');
    expect(rake).toContain('rake');
    expect(env).toBe('production production 128');
  });

  test('lets the buildpacks after it and its dynos use Ruby’s own programs by their names', async () => {
    const source = bundle({}, { 'bin/compile': bash('echo "<%= 6 * 7 %>" | erb', 'irb --version') });
    const buildpacks = ['heroku/ruby', 'heroku-community/inline'];
    const { result, output } = await under.build(source, { appId: 'programs', buildpacks });
    expect(failureOf(result), output).toBe('built');
    expect(output).toMatch(/-----> Inline app detected\n42\nirb 1\./);
    expect(await under.run(result, 'echo "<%= 6 * 7 %>" | erb')).toBe('42\n');
  });

  test('gets gems from a gem server, a newer one before the same of Ruby’s own, and keeps them for the next build', async () => {
    const files = bundle({ json: '99.0.0', tide: '1.0.0' });
    const first = await under.build(files, { appId: 'server' });
    expect(failureOf(first.result), first.output).toBe('built');
    expect(first.output).toContain('       Installing tide 1.0.0\n');
    const seen = `bundle exec ruby -e 'require "json"; require "tide"; puts JSON::VERSION, Tide::NAME'`;
    expect(await under.run(first.result, seen)).toBe('99.0.0\ntide\n');

    const asked = server.asked.length;
    const again = await under.build(bundle({ tide: '1.0.0' }), { appId: 'server' });
    expect(again.output).not.toContain('Installing tide');
    expect(again.output).toContain('       Removing json (99.0.0)\n');
    expect(server.asked.slice(asked).filter((path) => path.startsWith('/gems/'))).toEqual([]);
  });

  test('with a task assets:precompile has its assets compiled without a database', async () => {
    const { result, output } = await under.build(bundle({ rake: '99.0.0' }, { Rakefile: '' }), { appId: 'assets' });
    expect(failureOf(result), output).toBe('built');
    expect(output).toContain('-----> Preparing app for Rails asset pipeline\n       Running: rake assets:precompile\n');
    expect(output).toContain('       cleaned\n');
    expect(await under.run(result, 'cat public/app.css')).toBe('production postgresql://user:pass@127.0.0.1/dbname');
  });

  test.each([
    ['no Gemfile.lock', { Gemfile: '' }, 'There is no Gemfile.lock.'],
    [
      'a Ruby that is not to be had',
      { Gemfile: 'ruby "2.7.8"\n', 'Gemfile.lock': 'GEM\n\nRUBY VERSION\n   ruby 2.7.8p225\n' },
      'No Ruby on this server matches "2.7.8". It has 3.3.',
    ],
    [
      'gems of other machines',
      { Gemfile: '', 'Gemfile.lock': 'PLATFORMS\n  x64-mingw32\n' },
      'Gemfile.lock is for x64-mingw32 only',
    ],
  ])('with %s fails and says what to do', async (_case, files, message) => {
    const { result, output } = await under.build(files as Files);
    expect(failureOf(result)).toEqual({ kind: 'compile_failed', app: 'Ruby' });
    expect(output).toContain(` !     ${message}`);
  });

  test('with a gem that no server has fails and says so; a lockfile that does not fit is told from that', async () => {
    const missing = await under.build(bundle({ tide: '2.0.0' }));
    expect(failureOf(missing.result)).toEqual({ kind: 'compile_failed', app: 'Ruby' });
    expect(missing.output).toContain('No gem server has tide in that version');
    const changed = bundle({ tide: '1.0.0' });
    const unfit = await under.build({ ...changed, Gemfile: `${changed['Gemfile']}gem "other"\n` });
    expect(unfit.output).toContain('Gemfile and Gemfile.lock do not fit');
  });
});
