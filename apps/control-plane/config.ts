import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BuildOptions,
  type Home,
  homeLayout,
  NO_BUILD_OPTIONS,
  PROXY_VARIABLES,
  readBuildOptions,
  readSettings,
  readSizes,
  type Settings,
  type SizeTable,
  type Sockets,
  sizeTable,
  socketsOf,
  type TlsFiles,
  tlsFilesOf,
} from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

export interface Config {
  readonly home: Home;
  readonly settings: Settings;
  readonly sockets: Sockets;
  readonly tlsFiles: TlsFiles;
  /** Heroku's dyno sizes with the operator's changes. */
  readonly sizes: SizeTable;
  readonly databaseUrl: string;
  readonly masterKey: Buffer;
  readonly dockerSocket: string;
  /** The operator's choices for all builds; the environment has the platform's own proxies and registry besides. */
  readonly buildOptions: BuildOptions;
  /** `JANGADA_BUILD_CONCURRENCY`: builds at the same time; null: CPU cores, at least two. */
  readonly buildConcurrency: number | null;
  /** `JANGADA_DEBIAN_MIRROR`; null for the mirror of this machine's own apt. */
  readonly debianMirror: string | null;
  /** `JANGADA_RUNTIME_MIRROR`: base URL of the operator's runtimes; null when there is none. */
  readonly runtimeMirror: string | null;
  /** CA bundle of the machine, mounted into builds; null when there is none. */
  readonly caBundle: string | null;
}

/** The built-in buildpacks of this checkout. */
export const BUILDPACKS_FOLDER = join(import.meta.dirname, '..', '..', 'buildpacks');

const DEBIAN_CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/** The only place of this process that reads the environment. Throws `invalid_params` with the name of what is wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const home = homeLayout(required(env, 'JANGADA_HOME'));
  const settings = readSettings(env, { installId: required(env, 'JANGADA_INSTALL_ID') });
  const databaseUrl = required(env, 'DATABASE_URL');
  return {
    home,
    settings,
    sockets: socketsOf(home),
    tlsFiles: tlsFilesOf(home),
    sizes: sizeTable(existsSync(home.sizes) ? readSizes(readFileSync(home.sizes, 'utf8')) : undefined),
    databaseUrl,
    masterKey: readFileSync(home.masterKey),
    dockerSocket: env['DOCKER_SOCKET'] || '/var/run/docker.sock',
    buildOptions: withSurroundings(
      existsSync(home.buildOptions) ? readBuildOptions(readFileSync(home.buildOptions, 'utf8')) : NO_BUILD_OPTIONS,
      env,
    ),
    buildConcurrency: concurrencyOf(env['JANGADA_BUILD_CONCURRENCY']),
    debianMirror: env['JANGADA_DEBIAN_MIRROR'] || null,
    runtimeMirror: env['JANGADA_RUNTIME_MIRROR'] || null,
    caBundle: caBundleOf(env),
  };
}

/** Proxies and the npm registry that the platform itself uses are those of builds, unless the operator says otherwise. */
function withSurroundings(options: BuildOptions, env: Readonly<Record<string, string | undefined>>): BuildOptions {
  const registry = env['JANGADA_NPM_REGISTRY'];
  const own = {
    ...Object.fromEntries(PROXY_VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
    ...(registry ? { npm_config_registry: registry } : {}),
  };
  return { ...options, environment: { ...own, ...options.environment } };
}

/** What the machine trusts is what builds trust: behind a private CA nothing else reaches a registry. */
function caBundleOf(env: Readonly<Record<string, string | undefined>>): string | null {
  const candidates = [env['JANGADA_CA_BUNDLE'], env['SSL_CERT_FILE'], DEBIAN_CA_BUNDLE];
  return candidates.find((file) => file && existsSync(file)) ?? null;
}

function required(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (!value)
    throw new PlatformError(
      'invalid_params',
      `${name} is not set. Start the platform with npm start or bin/jangada up.`,
    );
  return value;
}

function concurrencyOf(text: string | undefined): number | null {
  if (!text) return null;
  if (/^\d{1,3}$/.test(text) && Number(text) > 0) return Number(text);
  throw new PlatformError(
    'invalid_params',
    `JANGADA_BUILD_CONCURRENCY must be a number of builds from 1, not "${text}".`,
  );
}
