import { parseBuildpackAddress } from '@jangada/core';
import { describe, expect, test } from 'vitest';
import type { BuildFolder } from './build-folder.ts';
import { type BuildRequest, DEFAULT_BUILD_LIMITS } from './build-request.ts';
import { type BuildSetting, buildDynoSpec, planDriver } from './driver-plan.ts';

const lines = (addresses: readonly string[]): string =>
  planDriver(
    {},
    9,
    addresses.map(parseBuildpackAddress),
    ['nodejs', 'static', 'README.md'],
    'https://registry.example/b',
  ).buildpacks;

describe('the plan of a build', () => {
  test('asks the built-in buildpacks in Heroku’s order, static last', () => {
    expect(planDriver({}, 9, [], ['static', 'python', 'nodejs', 'unknown'])).toMatchObject({
      buildpacks: '',
      detect: 'nodejs\npython\nstatic\n',
    });
  });

  test('says how the source is packed, how large it may get and which folder of it is the app', () => {
    expect(planDriver({}, 9, [], [])).toMatchObject({ archive: 'git 9\n', sourceDir: '' });
    expect(planDriver({ sourceFormat: 'gzip', sourceDir: 'apps/api' }, 9, [], [])).toMatchObject({
      archive: 'gzip 9\n',
      sourceDir: 'apps/api',
    });
  });

  test('takes a named buildpack from the built-in ones, otherwise from the registry', () => {
    expect(lines(['heroku/nodejs', 'heroku/scala', 'other/nodejs'])).toBe(
      'builtin\tnodejs\t-\theroku/nodejs\n' +
        'archive\thttps://registry.example/b/heroku/scala.tgz\t-\theroku/scala\n' +
        'archive\thttps://registry.example/b/other/nodejs.tgz\t-\tother/nodejs\n',
    );
  });

  test('has one line of four fields for every address', () => {
    expect(lines(['https://x.example/y.git#v1', 'https://x.example/y', 'https://x.example/y.tgz'])).toBe(
      'git\thttps://x.example/y.git\tv1\thttps://x.example/y.git#v1\n' +
        'git\thttps://x.example/y\t-\thttps://x.example/y\n' +
        'archive\thttps://x.example/y.tgz\t-\thttps://x.example/y.tgz\n',
    );
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
    environment: { npm_config_registry: 'https://mirror.example/', PATH: '/evil', STACK: 'other' },
  };
  const spec = buildDynoSpec(request, folder as unknown as BuildFolder, setting, DEFAULT_BUILD_LIMITS);

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

  test('can write only into its own folders', () => {
    const writable = spec.mounts.filter((mount) => !mount.readonly).map((mount) => mount.source);
    expect(writable).toEqual(['/h/tmp', '/h/cache', '/h/result', '/h/q']);
  });
});
