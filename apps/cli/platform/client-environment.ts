import { join } from 'node:path';
import { type Home, type Settings, tlsFilesOf } from '@jangada/core';
import type { FirstAccount } from '../setup/identity.ts';
import { API_HOST, apiUrl } from './addresses.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Variables that point the official CLI and git at this installation (cli-contract 1.2): as its first account, or as whoever
 * `env` says, when that points here already.
 */
export function clientEnvironment(
  home: Home,
  settings: Settings,
  account: Pick<FirstAccount, 'token'>,
  env: Env,
): Readonly<Record<string, string>> {
  const api = apiUrl(settings);
  const { bundle } = tlsFilesOf(home);
  const folders = (env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(':').filter((folder) => folder !== home.bin);
  return {
    HEROKU_HOST: api,
    HEROKU_DATA_HOST: API_HOST,
    HEROKU_PARTICLEBOARD_URL: api,
    HEROKU_LOGIN_HOST: `${api}/cli-auth`,
    HEROKU_BUILDPACK_REGISTRY_URL: `${api}/bpreg`,
    HEROKU_EXEC_URL: `https://${API_HOST}:${settings.port}/`,
    DISABLE_TELEMETRY: 'true',
    HEROKU_DISABLE_AUTOUPDATE: '1',
    HEROKU_SKIP_NEW_VERSION_CHECK: '1',
    HEROKU_NETRC_WRITE: 'true',
    ...tokenOf(account, api, env),
    NODE_EXTRA_CA_CERTS: bundle,
    GIT_SSL_CAINFO: bundle,
    ...withoutProxyFor(API_HOST, env),
    PATH: [home.bin, ...folders].join(':'),
  };
}

/** Somebody who has run `jangada env` and then logged in as another account stays that one. */
function tokenOf(account: Pick<FirstAccount, 'token'>, api: string, env: Env): Readonly<Record<string, string>> {
  if (env['HEROKU_HOST'] !== api) return { HEROKU_API_KEY: account.token };
  return env['HEROKU_API_KEY'] ? { HEROKU_API_KEY: env['HEROKU_API_KEY'] } : {};
}

/**
 * `env`, changed so that the CLI sends everything through the proxy at `url`: TLS too, which that one refuses, whatever proxy
 * the person has. Exceptions go: the CLI looks for the host of `HEROKU_HOST` among them, whatever host the request is for.
 */
export function throughProxy(url: string, env: Env): Env {
  const taken = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'];
  const rest = Object.entries(env).filter(([name]) => !taken.includes(name.toUpperCase()));
  return { ...Object.fromEntries(rest), HTTP_PROXY: url, HTTPS_PROXY: url };
}

/** Where a proxy is set, it must not stand between the person and their own machine. */
export function withoutProxyFor(host: string, env: Env): Readonly<Record<string, string>> {
  const hasProxy = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'ALL_PROXY', 'all_proxy'].some(
    (name) => env[name],
  );
  if (!hasProxy) return {};
  const known = (env['NO_PROXY'] || env['no_proxy'] || '').split(',').filter(Boolean);
  const list = [...new Set([host, 'localhost', ...known])].join(',');
  return { NO_PROXY: list, no_proxy: list };
}

/** The official CLI in this checkout's packages: program and first arguments. */
export function herokuArgv(root: string): readonly [string, ...string[]] {
  return [process.execPath, '--no-deprecation', join(root, 'node_modules', 'heroku', 'bin', 'run.js')];
}
