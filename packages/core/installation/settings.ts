import { isIPv6 } from 'node:net';
import { PlatformError } from '@jangada/platform-api';
import { readDynoUids } from './dyno-uids.ts';

/** What an operator may choose. Fixed at the first start, afterwards read from `settings.json` unless the environment says otherwise. */
export interface Settings {
  /** Twelve hex digits: tells installations on one machine and one engine apart. */
  readonly installId: string;
  /** `JANGADA_PORT`: API, git, data API, SSH into dynos; HTTP and TLS alike. */
  readonly port: number;
  /** `JANGADA_HTTP_PORT`: web traffic of apps. */
  readonly httpPort: number;
  /** `JANGADA_HTTPS_PORT`: web traffic of apps over TLS. */
  readonly httpsPort: number;
  /** `JANGADA_DOMAIN`: apps answer at `<name>.<domain>`. */
  readonly domain: string;
  /** `JANGADA_BIND`: address on which the public ports listen. */
  readonly bind: string;
  /** `JANGADA_HOST`: name or address by which other computers reach this machine; null: `domain`, unless that is localhost. */
  readonly host: string | null;
  /** `JANGADA_ACME_DIRECTORY`: the certificate authority that is asked for automatic certificates; null: they are off. */
  readonly acmeDirectory: string | null;
  /** `JANGADA_ACME_EMAIL`: where that authority writes to when something is wrong; null: nowhere. */
  readonly acmeEmail: string | null;
  /**
   * `JANGADA_EXEC_HOST`: address of this machine, or a name for it, on whose port 80 `ps:exec` listens, and which clients
   * connect to; null: a loopback address of this installation's own.
   */
  readonly execHost: string | null;
  /** `JANGADA_DYNO_UIDS`: `FIRST-LAST`, user ids of this machine that dynos get, or `off`; null: the default range. */
  readonly dynoUids: string | null;
  /** `DATABASE_URL`; null for the embedded database. */
  readonly databaseUrl: string | null;
}

export const DEFAULT_SETTINGS: Omit<Settings, 'installId'> = {
  port: 5000,
  httpPort: 8080,
  httpsPort: 8443,
  domain: 'localhost',
  bind: '127.0.0.1',
  host: null,
  acmeDirectory: null,
  acmeEmail: null,
  execHost: null,
  dynoUids: null,
  databaseUrl: null,
};

/** The variable of each setting. */
const VARIABLES: Readonly<Record<keyof Omit<Settings, 'installId'>, string>> = {
  port: 'JANGADA_PORT',
  httpPort: 'JANGADA_HTTP_PORT',
  httpsPort: 'JANGADA_HTTPS_PORT',
  domain: 'JANGADA_DOMAIN',
  bind: 'JANGADA_BIND',
  host: 'JANGADA_HOST',
  acmeDirectory: 'JANGADA_ACME_DIRECTORY',
  acmeEmail: 'JANGADA_ACME_EMAIL',
  execHost: 'JANGADA_EXEC_HOST',
  dynoUids: 'JANGADA_DYNO_UIDS',
  databaseUrl: 'DATABASE_URL',
};

/** Variables that `settings.json` holds from the first start on. */
export const SETTING_VARIABLES: readonly string[] = Object.values(VARIABLES);

/** Settings out of environment variables; what is absent comes from `saved`, then from the defaults. Throws `invalid_params`. */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
  saved: Partial<Settings> & { readonly installId: string },
): Settings {
  const base: Settings = { ...DEFAULT_SETTINGS, ...saved };
  const settings: Settings = {
    installId: base.installId,
    port: portOf(env, VARIABLES.port, base.port),
    httpPort: portOf(env, VARIABLES.httpPort, base.httpPort),
    httpsPort: portOf(env, VARIABLES.httpsPort, base.httpsPort),
    domain: (env[VARIABLES.domain] || base.domain).toLowerCase(),
    bind: env[VARIABLES.bind] || base.bind,
    host: (env[VARIABLES.host] || base.host)?.toLowerCase() ?? null,
    acmeDirectory: env[VARIABLES.acmeDirectory] || base.acmeDirectory,
    acmeEmail: env[VARIABLES.acmeEmail] || base.acmeEmail,
    execHost: env[VARIABLES.execHost] || base.execHost,
    dynoUids: env[VARIABLES.dynoUids] || base.dynoUids,
    databaseUrl: env[VARIABLES.databaseUrl] || base.databaseUrl,
  };
  const ports = new Set([settings.port, settings.httpPort, settings.httpsPort]);
  if (ports.size < 3) {
    throw new PlatformError(
      'invalid_params',
      'JANGADA_PORT, JANGADA_HTTP_PORT and JANGADA_HTTPS_PORT must be three different ports.',
    );
  }
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(settings.domain)) {
    throw new PlatformError(
      'invalid_params',
      `JANGADA_DOMAIN must be a domain name such as apps.example.com, not "${settings.domain}".`,
    );
  }
  if (settings.acmeDirectory !== null && !/^https?:$/.test(URL.parse(settings.acmeDirectory)?.protocol ?? '')) {
    throw new PlatformError(
      'invalid_params',
      `JANGADA_ACME_DIRECTORY must be the URL of an ACME directory, not "${settings.acmeDirectory}".`,
    );
  }
  for (const [name, host] of [
    ['JANGADA_HOST', settings.host],
    ['JANGADA_EXEC_HOST', settings.execHost],
  ] as const) {
    if (host === null || isHost(host)) continue;
    throw new PlatformError(
      'invalid_params',
      `${name} must be an address or a host name without a port, not "${host}".`,
    );
  }
  if (settings.dynoUids !== null) readDynoUids(settings.dynoUids);
  return settings;
}

/** Whether `text` is an IP address or could be a host name: nothing before it, and no port behind it. */
export function isHost(text: string): boolean {
  return isIPv6(text) || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text);
}

function portOf(env: Readonly<Record<string, string | undefined>>, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new PlatformError('invalid_params', `${name} must be a port number between 1 and 65535, not "${text}".`);
  }
  return port;
}

/** The address at which a person finds an app: `http://NAME.DOMAIN:PORT/`, without the port when it is 80. */
export function appUrl(settings: Pick<Settings, 'domain' | 'httpPort'>, appName: string): string {
  const port = settings.httpPort === 80 ? '' : `:${settings.httpPort}`;
  return `http://${appName}.${settings.domain}${port}/`;
}

/** Host name of an app's default domain. */
export function defaultHostname(settings: Pick<Settings, 'domain'>, appName: string): string {
  return `${appName}.${settings.domain}`;
}

/** By what other computers call the platform; null when the operator has said neither a name nor an address. */
export function hostElsewhere({ host, domain }: Pick<Settings, 'host' | 'domain'>): string | null {
  return host ?? (domain === DEFAULT_SETTINGS.domain ? null : domain);
}

/** Where `ps:exec` listens. By default 127.64.0.1 to 127.254.255.254: installations on one machine have addresses of their own. */
export function execHost({ execHost, installId }: Pick<Settings, 'execHost' | 'installId'>): string {
  if (execHost !== null) return execHost;
  const byte = (index: number): number => Number.parseInt(installId.slice(2 * index, 2 * index + 2), 16);
  return `127.${64 + (byte(0) % 191)}.${byte(1)}.${1 + (byte(2) % 254)}`;
}
