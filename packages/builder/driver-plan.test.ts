import { type BuildpackNames, parseBuildpackAddress } from '@jangada/core';
import { describe, expect, test } from 'vitest';
import type { BuildFolder } from './build-folder.ts';
import { type BuildRequest, DEFAULT_BUILD_LIMITS } from './build-request.ts';
import { type BuildSetting, buildDynoSpec, planDriver } from './driver-plan.ts';

const names = (...builtIn: string[]): BuildpackNames => ({ builtIn, registered: {} });

describe('the plan of a build', () => {
  test('asks the built-in buildpacks in Heroku’s order, static last', () => {
    expect(planDriver({}, 9, [], names('static', 'python', 'nodejs', 'unknown'))).toMatchObject({
      buildpacks: '',
      detect:
        'nodejs\tbuiltin\tnodejs\t-\theroku/nodejs\n' +
        'python\tbuiltin\tpython\t-\theroku/python\n' +
        'static\tbuiltin\tstatic\t-\theroku/static\n',
    });
  });

  test('lets the operator’s buildpack build what the built-in one of its name detects', () => {
    const registered = { 'heroku/nodejs': 'https://git.example/nodejs.git#v300' };
    expect(planDriver({}, 9, [], { builtIn: ['nodejs'], registered }).detect).toBe(
      'nodejs\tgit\thttps://git.example/nodejs.git\tv300\theroku/nodejs\n',
    );
  });

  test('says how the source is packed, how large it may get and which folder of it is the app', () => {
    expect(planDriver({}, 9, [], names())).toMatchObject({ archive: 'git 9\n', sourceDir: '' });
    expect(planDriver({ sourceFormat: 'gzip', sourceDir: 'apps/api' }, 9, [], names())).toMatchObject({
      archive: 'gzip 9\n',
      sourceDir: 'apps/api',
    });
  });

  test('has one line for every buildpack of the list', () => {
    const addresses = ['heroku/nodejs', 'https://x.example/y.git#v1'].map(parseBuildpackAddress);
    expect(planDriver({}, 9, addresses, names('nodejs')).buildpacks).toBe(
      'builtin\tnodejs\t-\theroku/nodejs\ngit\thttps://x.example/y.git\tv1\thttps://x.example/y.git#v1\n',
    );
  });

  test('has the longest mirror first, whichever the operator wrote first, so that curl chooses as git does', () => {
    const mirrors = { 'https://a.example/': 'http://all/', 'https://a.example/team/': 'http://team/' };
    expect(planDriver({}, 9, [], names(), { environment: {}, mirrors }).mirrors).toBe(
      'https://a.example/team/\thttp://team/\nhttps://a.example/\thttp://all/\n',
    );
  });

  test('has the operator’s mirrors, and pip’s index where pip looks', () => {
    const mirrors = { 'https://a.example/': 'http://mirror/a/', 'https://b.example/': 'http://mirror/b/' };
    const environment = { PIP_INDEX_URL: 'http://mirror/simple' };
    expect(planDriver({}, 9, [], names(), { environment, mirrors })).toMatchObject({
      mirrors: 'https://a.example/\thttp://mirror/a/\nhttps://b.example/\thttp://mirror/b/\n',
      pip: '[global]\nindex-url = http://mirror/simple\n',
    });
  });
});

describe('the build container', () => {
  const request = {
    buildId: '0190a0a0-0000-7000-8000-00000000beef',
    appId: 'app',
    appName: 'shop',
    stack: 'heroku-24',
    image: 'image',
    sourceVersion: 'abc',
    configVars: { SECRET: 's' },
  } as unknown as BuildRequest;
  const folder = {
    temporary: '/h/tmp',
    cache: '/h/cache',
    result: '/h/result',
    requests: '/h/q',
    answers: '/h/a',
    plan: '/h/p',
  };
  const setting: BuildSetting = {
    buildpacksFolder: '/bp',
    driverFolder: '/driver',
    coreFolder: '/core',
    nodeBinary: '/node',
    runtimesFolder: '/runtimes',
    caBundle: '/bundle.pem',
    ownBuildpacksFolder: '/own',
    surroundings: {
      environment: { npm_config_registry: 'https://mirror.example/', PATH: '/evil', STACK: 'other' },
      mirrors: {},
    },
  };
  const spec = buildDynoSpec(request, folder as unknown as BuildFolder, setting, DEFAULT_BUILD_LIMITS);

  test('takes what dynos leave of the CPU', () => {
    expect(spec.limits.background).toBe(true);
  });

  test('has the operator’s environment and Heroku’s, and no config var', () => {
    expect(spec.env).toMatchObject({
      npm_config_registry: 'https://mirror.example/',
      STACK: 'heroku-24',
      SOURCE_VERSION: 'abc',
      HOME: '/app',
      DYNO: 'build.beef',
      NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
    });
    expect(spec.env['PATH']).not.toContain('evil');
    expect(JSON.stringify(spec.env)).not.toContain('SECRET');
  });

  test('has programs that know the mirrors before curl and wget, and git’s own setting, only when there are mirrors', () => {
    expect(spec.env['PATH']).not.toContain('shims');
    const mirrors = { 'https://github.com/': 'http://mirror/github/' };
    const mirrored = { ...setting, surroundings: { environment: {}, mirrors } };
    const { env } = buildDynoSpec(request, folder as unknown as BuildFolder, mirrored, DEFAULT_BUILD_LIMITS);
    expect(env).toMatchObject({
      PATH: expect.stringMatching(/^\/opt\/jangada\/driver\/shims:\/usr\/local\/sbin:/),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'url.http://mirror/github/.insteadOf',
      GIT_CONFIG_VALUE_0: 'https://github.com/',
    });
  });

  test('can write only into its own folders', () => {
    const writable = spec.mounts.filter((mount) => !mount.readonly).map((mount) => mount.source);
    expect(writable).toEqual(['/h/tmp', '/h/cache', '/h/result', '/h/q']);
  });
});
