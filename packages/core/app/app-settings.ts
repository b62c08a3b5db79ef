import { PlatformError } from '@jangada/platform-api';
import { MAX_PAGE_URL, readPageUrl } from './page-url.ts';

/**
 * What an app chooses by config vars, most of it fixed at Heroku: so the unmodified CLI sets them, the release ledger
 * keeps them, and a rollback brings them back.
 */
export interface AppSettings {
  /** `JANGADA_BOOT_TIMEOUT`: seconds in which a web dyno must bind its port (R10). 1 to 1800; default 60 (behaviour 1.2). */
  readonly bootTimeoutSeconds: number;
  /** `JANGADA_EXIT_TIMEOUT`: seconds between SIGTERM and SIGKILL (R12). 1 to 3600; default 30 (behaviour 1.3). */
  readonly exitTimeoutSeconds: number;
  /**
   * `JANGADA_DRAIN_TIMEOUT`: seconds in which a web dyno that is on its way out may finish the requests it has before it gets
   * SIGTERM. 0 to 3600; default 30.
   */
  readonly drainTimeoutSeconds: number;
  /** `JANGADA_REQUEST_TIMEOUT`: seconds to the first byte of an answer (H12). 1 to 3600; default 30 (behaviour 2.1). */
  readonly requestTimeoutSeconds: number;
  /** `JANGADA_IDLE_TIMEOUT`: seconds without a byte in one direction (H15, H28). 1 to 86400; default 55 (behaviour 2.1). */
  readonly idleTimeoutSeconds: number;
  /** `JANGADA_DAILY_RESTART`: `off` lets dynos live for longer than a day. Default on (behaviour 1.5). */
  readonly dailyRestart: boolean;
  /**
   * `JANGADA_SLEEP_AFTER`: minutes without a request until web dynos sleep, fractions allowed, 0.01 to 10080. Infinity for
   * `off`; null when the app does not say, then the size of its dynos decides (30 for Eco, off for others; behaviour 1.9).
   */
  readonly sleepAfterMinutes: number | null;
  /** `JANGADA_HEALTH_CHECK_PATH`: a web dyno is up once GET on this path answers 2xx or 3xx; null: once it listens. */
  readonly healthCheckPath: string | null;
  /** `JANGADA_MAX_REQUESTS_PER_DYNO`: requests in flight on one dyno; more wait (H11). 1 to 10000; default 500 (decision 0025). */
  readonly maxRequestsPerDyno: number;
  /** `JANGADA_HTTPS_REDIRECT`: `on` answers plain HTTP with a redirect to HTTPS. Default off. */
  readonly httpsRedirect: boolean;
  /** `ERROR_PAGE_URL`: shown in place of our page when a request fails; null: ours (behaviour 2.5). */
  readonly errorPageUrl: string | null;
  /** `MAINTENANCE_PAGE_URL`: the same for maintenance mode. */
  readonly maintenancePageUrl: string | null;
  /** `JANGADA_SOURCE_DIR`: folder of the repository that is the app (a monorepo); null: all of it. Counts from the next build on. */
  readonly sourceDir: string | null;
  /** `JANGADA_BUILD_PHASES`: how a build's output ends: its phases `in-order` (default) or `slowest-first`. */
  readonly buildPhases: 'in-order' | 'slowest-first';
}

interface Setting<Value> {
  readonly key: string;
  readonly fallback: Value;
  /** What a person may write, to end the sentence "NAME must be …". */
  readonly allowed: string;
  /** Undefined when the text cannot be read. */
  readonly parse: (text: string) => Value | undefined;
}

/** The longest path of a health check. */
const MAX_PATH = 1_000;

const SETTINGS: { readonly [Field in keyof AppSettings]: Setting<AppSettings[Field]> } = {
  bootTimeoutSeconds: wholeNumber('JANGADA_BOOT_TIMEOUT', 60, 1, 1_800, 'seconds'),
  exitTimeoutSeconds: wholeNumber('JANGADA_EXIT_TIMEOUT', 30, 1, 3_600, 'seconds'),
  drainTimeoutSeconds: wholeNumber('JANGADA_DRAIN_TIMEOUT', 30, 0, 3_600, 'seconds'),
  requestTimeoutSeconds: wholeNumber('JANGADA_REQUEST_TIMEOUT', 30, 1, 3_600, 'seconds'),
  idleTimeoutSeconds: wholeNumber('JANGADA_IDLE_TIMEOUT', 55, 1, 86_400, 'seconds'),
  dailyRestart: onOff('JANGADA_DAILY_RESTART', true),
  sleepAfterMinutes: {
    key: 'JANGADA_SLEEP_AFTER',
    fallback: null,
    allowed: 'a number of minutes from 0.01 to 10080, or "off"',
    parse: (text) => (isOff(text) ? Number.POSITIVE_INFINITY : numberIn(text, 0.01, 10_080)),
  },
  healthCheckPath: {
    key: 'JANGADA_HEALTH_CHECK_PATH',
    fallback: null,
    allowed: `a path that starts with "/", at most ${MAX_PATH} printable ASCII characters without spaces or "#"`,
    parse: (text) => (text.length <= MAX_PATH && /^\/[!"$-~]*$/.test(text) ? text : undefined),
  },
  maxRequestsPerDyno: wholeNumber('JANGADA_MAX_REQUESTS_PER_DYNO', 500, 1, 10_000, 'requests'),
  httpsRedirect: onOff('JANGADA_HTTPS_REDIRECT', false),
  errorPageUrl: pageUrl('ERROR_PAGE_URL'),
  maintenancePageUrl: pageUrl('MAINTENANCE_PAGE_URL'),
  sourceDir: {
    key: 'JANGADA_SOURCE_DIR',
    fallback: null,
    allowed: `a folder of the repository such as apps/api, without "..", at most ${MAX_PATH} characters`,
    parse: (text) => (isFolder(text) ? text.replace(/\/+$/, '') : undefined),
  },
  buildPhases: {
    key: 'JANGADA_BUILD_PHASES',
    fallback: 'in-order',
    allowed: '"in-order" or "slowest-first"',
    parse: (text) => (text === 'in-order' || text === 'slowest-first' ? text : undefined),
  },
};

/** The settings of a release. A value that cannot be read counts as not set: a dyno must not fail for a typing error. */
export function readAppSettings(configVars: Readonly<Record<string, string>>): AppSettings {
  const entries = Object.entries(SETTINGS).map(([field, setting]: [string, Setting<unknown>]) => {
    const text = configVars[setting.key]?.trim() ?? '';
    return [field, (text === '' ? undefined : setting.parse(text)) ?? setting.fallback];
  });
  return Object.fromEntries(entries) as AppSettings;
}

/** Throws `invalid_params` when one of the config vars is a setting of ours and its value cannot be read. Empty means default. */
export function requireReadableSettings(configVars: Readonly<Record<string, string>>): void {
  for (const { key, allowed, parse } of Object.values<Setting<unknown>>(SETTINGS)) {
    const text = configVars[key]?.trim() ?? '';
    if (text === '' || parse(text) !== undefined) continue;
    throw new PlatformError(
      'invalid_params',
      `${key} must be ${allowed}, not "${text.slice(0, 64)}". Nothing was set.`,
    );
  }
}

function wholeNumber(key: string, fallback: number, min: number, max: number, unit: string): Setting<number> {
  return {
    key,
    fallback,
    allowed: `a whole number of ${unit} from ${min} to ${max}`,
    parse: (text) => (/^\d+$/.test(text) ? numberIn(text, min, max) : undefined),
  };
}

function onOff(key: string, fallback: boolean): Setting<boolean> {
  return {
    key,
    fallback,
    allowed: '"on" or "off"',
    parse: (text) => (isOff(text) ? false : /^(on|true|yes|1)$/i.test(text) ? true : undefined),
  };
}

function pageUrl(key: string): Setting<string | null> {
  return {
    key,
    fallback: null,
    allowed: `a complete http or https URL of at most ${MAX_PAGE_URL} characters`,
    parse: readPageUrl,
  };
}

function isOff(text: string): boolean {
  return /^(off|false|no|0)$/i.test(text);
}

function numberIn(text: string, min: number, max: number): number | undefined {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

/** A relative path of plain names, with one slash at its end at most. */
function isFolder(text: string): boolean {
  const names = text.replace(/\/$/, '').split('/');
  return text.length <= MAX_PATH && !/[\x00-\x1f]/.test(text) && names.every((name) => !['', '.', '..'].includes(name));
}
