import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bash,
  type Files,
  failureOf,
  openTestBuilder,
  testBuildpack as pack,
  type TestBuilder,
} from './test-builder.ts';

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
let under: TestBuilder;

beforeAll(async () => {
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'registry']);
  under = await openTestBuilder({ npm_config_registry: stdout.trim() });
});
afterAll(() => under.close());

describe('a Node.js app', () => {
  test('without dependencies is built with Heroku’s transcript and runs', async () => {
    const { result, output } = await under.build(example('node-hello'));
    // The first build after a new Node.js has come out fetches it.
    const lines = output.split('\n').filter((line) => !/^ {7}Downloading Node\.js 24\./.test(line));
    expect(lines).toEqual([
      '-----> Building on the Heroku-24 stack',
      '-----> Determining which buildpack to use for this app',
      '-----> Node.js app detected',
      '-----> Creating runtime environment',
      '       NODE_ENV=production',
      '-----> Installing binaries',
      '       engines.node (package.json): 24.x',
      expect.stringMatching(/^ {7}Using Node\.js 24\.\d+\.\d+ and npm 11\./),
      '-----> No dependencies to install',
      '-----> Build succeeded!',
      '-----> Discovering process types',
      '       Procfile declares types -> clock, web, worker',
      '',
      '-----> Compressing...',
      expect.stringMatching(/^ {7}Done: \d+\.\dM$/),
      '',
    ]);
    expect(result).toMatchObject({
      ok: true,
      buildpackDescription: 'Node.js',
      buildpacks: ['heroku/nodejs'],
      processTypes: { web: 'node server.js', worker: 'node worker.js', clock: 'node clock.js' },
    });
    const seen = await under.run(
      result,
      'node --version; npm --version; stat -c %u:%g server.js; id -u; echo "$NODE_ENV"',
    );
    // The slug belongs to the dyno's user, whichever that is.
    expect(seen).toMatch(/^v24\.\S+\n11\.\S+\n(\d+):\1\n\1\nproduction\n$/);
    await under.nothingLeft();
  });

  test('with dependencies installs from the lockfile, runs its build script and prunes devDependencies', async () => {
    const { result, output } = await under.build(example('node-notes'), { appId: 'notes' });
    expect(failureOf(result)).toBe('built');
    expect(output).toContain('-----> Installing dependencies\n');
    expect(output).toContain('-----> Build\n       Running build\n');
    expect(output).toContain('-----> Pruning devDependencies\n');
    expect(output).toContain('       Default types for buildpack -> web\n');
    expect(
      await under.run(
        result,
        'ls dist; test -e node_modules/esbuild && echo esbuild; test -d node_modules/express && echo express',
      ),
    ).toBe('page.js\nexpress\n');
    const again = await under.build(example('node-notes'), { appId: 'notes' });
    expect(failureOf(again.result)).toBe('built');
  });

  test('gets the packages of the last build while its lockfile is the same', async () => {
    const files = (version: string): Files => {
      const dependencies = { ms: version };
      const packages = { '': { dependencies }, 'node_modules/ms': { version } };
      return {
        'package.json': JSON.stringify({ dependencies }),
        'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages }),
        'server.js': '',
      };
    };
    const unchanged = 'node_modules is what the last build installed.';
    const first = await under.build(files('2.1.3'), { appId: 'kept' });
    expect(failureOf(first.result), first.output).toBe('built');
    const second = await under.build({ ...files('2.1.3'), 'server.js': 'changed' }, { appId: 'kept' });
    expect(second.output).toContain(unchanged);
    const versionOf = 'grep -o \'"version": "[^"]*"\' node_modules/ms/package.json';
    expect(await under.run(second.result, versionOf)).toBe('"version": "2.1.3"\n');
    const third = await under.build(files('2.1.2'), { appId: 'kept' });
    expect(third.output).not.toContain(unchanged);
    expect(await under.run(third.result, versionOf)).toBe('"version": "2.1.2"\n');
  });

  test('gets the Node.js that its engines ask for, downloaded once for all apps', async () => {
    const files = { 'package.json': '{"engines":{"node":"22.11.0"}}', 'server.js': '' };
    const first = await under.build(files, { appId: 'first' });
    expect(first.output).toContain('Downloading Node.js 22.11.0 for this server...');
    expect(await under.run(first.result, 'node --version')).toBe('v22.11.0\n');
    const second = await under.build(files, { appId: 'second' });
    expect(failureOf(second.result)).toBe('built');
    expect(second.output).not.toContain('Downloading');
  });

  test.each([
    ['an invalid package.json', { 'package.json': '{"name":' }, 'Unable to parse package.json'],
    [
      'two lockfiles',
      { 'package.json': '{}', 'yarn.lock': '', 'package-lock.json': '{}' },
      'Two different lockfiles found: package-lock.json and yarn.lock',
    ],
    [
      'an impossible version',
      { 'package.json': '{"engines":{"node":"99.x"}}' },
      'No version of Node.js matches "99.x"',
    ],
    [
      'a build script that fails',
      { 'package.json': '{"scripts":{"build":"exit 3"}}' },
      '"npm run build" failed with exit status 3.',
    ],
  ])('with %s fails and says why', async (_case, files, message) => {
    const { result, output } = await under.build(files as Files);
    expect(failureOf(result)).toEqual({ kind: 'compile_failed', app: 'Node.js' });
    expect(output).toContain(` !     ${message}`);
    await under.nothingLeft();
  });

  test('without dependencies is built while no registry is configured, from what the platform has', async () => {
    const builder = await under.builder({ environment: {}, runtimesFolder: join(under.home.root, 'offline') });
    const alone = await under.build({ 'package.json': '{}', 'server.js': '' }, { appId: 'a' }, { builder });
    expect(failureOf(alone.result)).toBe('built');
    const needy = { 'package.json': '{"dependencies":{"express":"5.2.1"}}' };
    const { result, output } = await under.build(needy, { appId: 'a' }, { builder });
    expect(failureOf(result)).toMatchObject({ kind: 'compile_failed' });
    expect(output).toContain('npm is not on this server');
  });
});

describe('a static site', () => {
  test('is served by the buildpack’s own server', async () => {
    const { result, output } = await under.build(example('static-site'));
    expect(output).toContain('-----> Static site app detected\n-----> Serving public/\n');
    expect(result).toMatchObject({ processTypes: { web: '.heroku/static/node .heroku/static/serve.ts' } });
    const seen = await under.run(
      result,
      `.heroku/static/node .heroku/static/serve.ts > /dev/null & for i in $(seq 1200); do curl -sf localhost:5000/ > /dev/null && break; sleep 0.1; done;
       curl -s localhost:5000/about | grep h1; curl -s -o /dev/null -w '%{http_code}\\n' localhost:5000/none; kill %1`,
    );
    expect(seen).toBe('<h1>About</h1>\n404\n');
  });
});

describe('the buildpack contract', () => {
  test('gives compile its three folders, its own folder as working directory, and config vars as files only', async () => {
    const builder = await under.withBuildpacks({
      ruby: pack(`
        echo "cwd:$PWD args:$1 $2 $3"; echo "secret:\${SECRET-unset} file:$(cat $3/SECRET)"
        echo "stack:$STACK version:$SOURCE_VERSION home:$HOME uid:$(id -u)"; touch own-copy; ls bin; ls -d /app && touch /app/w`),
    });
    const { output } = await under.build({ a: '' }, { configVars: { SECRET: 'x y', '../evil': 'no' } }, { builder });
    expect(output).toMatch(
      /cwd:\/tmp\/buildpacks\/0 args:\/tmp\/build_[0-9a-f]+ \/tmp\/codon\/tmp\/cache \/tmp\/env_[0-9a-f]+/,
    );
    expect(output).toContain('secret:unset file:x y\n');
    expect(output).toContain(`stack:heroku-24 version:${'a'.repeat(40)} home:/app uid:1000\n`);
  });

  test('runs several in order, sources what one exports before the next, and takes the last one’s types', async () => {
    const builder = await under.withBuildpacks({
      ruby: pack('echo "export FROM_FIRST=yes" > export', {
        'bin/release': bash('echo "default_process_types: {rake: first}"'),
      }),
      go: pack('echo "seen:$FROM_FIRST"', {
        'bin/detect': bash('echo Second'),
        'bin/release': bash('printf -- "---\\ndefault_process_types:\\n  web: second\\n"'),
      }),
    });
    const buildpacks = ['heroku/ruby', 'urn:buildpack:heroku/go'];
    const { result, output } = await under.build({ a: '' }, { buildpacks }, { builder });
    expect(output).toContain('-----> Using buildpacks:\n       1. heroku/ruby\n       2. heroku/go\n');
    expect(output).toContain('-----> Test app detected\n-----> Second app detected\nseen:yes\n');
    expect(result).toMatchObject({
      ok: true,
      buildpackDescription: 'Second',
      processTypes: { web: 'second' },
      buildpacks: ['heroku/ruby', 'heroku/go'],
    });
  });

  test('keeps the cache from build to build, each app its own', async () => {
    const builder = await under.withBuildpacks({ ruby: pack('cat $2/n 2>/dev/null || echo none; echo kept > $2/n') });
    const build = async (appId: string): Promise<string> =>
      (await under.build({ a: '' }, { appId }, { builder })).output;
    expect(await build('cached')).toContain('\nnone\n');
    expect(await build('cached')).toContain('\nkept\n');
    expect(await build('other')).toContain('\nnone\n');
  });

  test('applies .slugignore before compile', async () => {
    const builder = await under.withBuildpacks({ ruby: pack('cd $1; find . -type f | sort') });
    const files = { '.slugignore': '*.psd\n/docs\n', 'a.psd': '', 'docs/x': '', 'lib/docs/y': '', z: '' };
    const { output } = await under.build(files, {}, { builder });
    expect(output).toContain('\n./.slugignore\n./lib/docs/y\n./z\n');
  });

  test('runs bin/report after failures too, and shrugs when it fails', async () => {
    const builder = await under.withBuildpacks({
      ruby: pack('exit 7', { 'bin/report': bash('touch $2/reported; exit 1') }),
      go: pack('ls $2'),
    });
    const failed = await under.build({ a: '' }, { appId: 'r', buildpacks: ['heroku/ruby'] }, { builder });
    expect(failureOf(failed.result)).toEqual({ kind: 'compile_failed', app: 'Test' });
    const after = await under.build({ a: '' }, { appId: 'r', buildpacks: ['heroku/go'] }, { builder });
    expect(after.output).toContain('\nreported\n');
  });
});
