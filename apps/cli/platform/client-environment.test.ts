import { DEFAULT_SETTINGS, homeLayout } from '@jangada/core';
import { expect, test } from 'vitest';
import { clientEnvironment, throughProxy, withoutProxyFor } from './client-environment.ts';

const SETTINGS = { ...DEFAULT_SETTINGS, installId: 'aaaaaaaaaaaa', port: 5100 };
const ACCOUNT = { token: 'HRKU-token' };
const HOME = homeLayout('/home/j');

test('the official CLI is pointed at this installation, its telemetry and updates are off', () => {
  const env = clientEnvironment(HOME, SETTINGS, ACCOUNT, { PATH: '/usr/bin:/home/j/bin' });
  expect(env).toMatchObject({
    HEROKU_HOST: 'http://127.0.0.1:5100',
    HEROKU_DATA_HOST: '127.0.0.1',
    HEROKU_PARTICLEBOARD_URL: 'http://127.0.0.1:5100',
    HEROKU_EXEC_URL: 'https://127.0.0.1:5100/',
    HEROKU_API_KEY: 'HRKU-token',
    DISABLE_TELEMETRY: 'true',
    HEROKU_DISABLE_AUTOUPDATE: '1',
    GIT_SSL_CAINFO: '/home/j/tls/bundle.pem',
    PATH: '/home/j/bin:/usr/bin',
  });
});

test.each(['0.0.0.0', '::', '192.0.2.1'])('a platform at %s is called at 127.0.0.1, which the CLI trusts', (bind) => {
  const env = clientEnvironment(HOME, { ...SETTINGS, bind }, ACCOUNT, {});
  expect(env['HEROKU_HOST']).toBe('http://127.0.0.1:5100');
});

test('somebody who is pointed here already and logged in as another account stays that one', () => {
  const here = { HEROKU_HOST: 'http://127.0.0.1:5100' };
  const keyOf = (env: Readonly<Record<string, string>>): string | undefined =>
    clientEnvironment(HOME, SETTINGS, ACCOUNT, env)['HEROKU_API_KEY'];
  expect(keyOf({ ...here, HEROKU_API_KEY: 'HRKU-bia' })).toBe('HRKU-bia');
  expect(keyOf(here)).toBeUndefined();
  expect(keyOf({ HEROKU_HOST: 'https://api.heroku.com', HEROKU_API_KEY: 'HRKU-theirs' })).toBe('HRKU-token');
});

test('for the commands that need it the CLI sends everything through the forwarder', () => {
  const env = { http_proxy: 'http://p:3128', HTTPS_PROXY: 'http://p:3128', NO_PROXY: '127.0.0.1', HOME: '/home/p' };
  expect(throughProxy('http://127.0.0.1:4', env)).toEqual({
    HTTP_PROXY: 'http://127.0.0.1:4',
    HTTPS_PROXY: 'http://127.0.0.1:4',
    HOME: '/home/p',
  });
});

test('where a proxy is set, calls to the platform go round it and its list of exceptions stays', () => {
  expect(withoutProxyFor('127.0.0.1', {})).toEqual({});
  expect(withoutProxyFor('127.0.0.1', { HTTPS_PROXY: 'http://p:3128', no_proxy: 'intra.test' })).toEqual({
    NO_PROXY: '127.0.0.1,localhost,intra.test',
    no_proxy: '127.0.0.1,localhost,intra.test',
  });
});
