import { BuildError } from '../kit/build-error.ts';

/** What `composer.json` and `composer.lock` say about a build. */
export interface ComposerApp {
  /** In the form of semver; null when nothing says. */
  readonly php: string | null;
  /** Lower-case names of the extensions that the app and its packages need, without `ext-`. */
  readonly extensions: readonly string[];
  /** Where Composer puts the programs of packages. */
  readonly binFolder: string;
  readonly vendorFolder: string;
  /** Whether `scripts.compile` is there: run after the install. */
  readonly hasCompile: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** `lock`: text of composer.lock, null without one. Throws BuildError for files that cannot be used, or when the lock is missing. */
export function readComposerApp(json: string, lock: string | null): ComposerApp {
  const app = parse('composer.json', json);
  const required = { ...record(app['require']) };
  const others = [...Object.keys(required), ...Object.keys(record(app['require-dev']))].filter((name) =>
    name.includes('/'),
  );
  if (lock === null && others.length > 0) {
    throw new BuildError(
      'No composer.lock found: composer.json names packages, and nothing says in which versions.',
      'Run composer update, commit composer.lock and push again.',
    );
  }
  const locked = lock === null ? {} : parse('composer.lock', lock);
  const packages = Array.isArray(locked['packages']) ? locked['packages'].map(record) : [];
  const needs = [required, ...packages.map((each) => record(each['require']))];
  const names = needs.flatMap((need) => Object.keys(need)).filter((name) => /^ext-/i.test(name));
  const config = record(app['config']);
  const vendorFolder = folder(config['vendor-dir'], 'vendor');
  // config.platform.php is for choosing packages: the app runs on any PHP that it requires.
  const php = required['php'] ?? required['php-64bit'];
  return {
    php: typeof php === 'string' ? rangeOf(php) : null,
    extensions: [...new Set(names.map((name) => name.slice(4).toLowerCase()))].sort(),
    vendorFolder,
    binFolder: folder(config['bin-dir'], `${vendorFolder}/bin`),
    hasCompile: 'compile' in record(app['scripts']),
  };
}

/**
 * A constraint of Composer in the form of semver: `|` and `,` are its or and and, `~8.2` goes up to the next major version, and
 * stability flags say nothing here. `!=` is left to Composer, which looks again.
 */
export function rangeOf(constraint: string): string {
  return constraint
    .split(/\s*\|\|?\s*/)
    .map((alternative) =>
      alternative
        .replaceAll(/@\w+/g, '')
        .replaceAll(/([<>=!~^])\s+/g, '$1')
        .split(/\s+-\s+/)
        .join('..')
        .split(/[\s,]+/)
        .filter((part) => part !== '' && !part.startsWith('!='))
        .map((part) =>
          part
            .replace('..', ' - ')
            .replace(/^=/, '')
            .replaceAll('.*', '.x')
            .replace(
              /^~v?(\d+)\.(\d+)$/,
              (_, major: string, minor: string) => `>=${major}.${minor} <${Number(major) + 1}`,
            ),
        )
        .join(' '),
    )
    .join(' || ');
}

function parse(name: string, text: string): Json {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  } catch (error) {
    throw new BuildError(
      `${name} is not valid JSON: ${error instanceof Error ? error.message : ''}`,
      'Correct it, and try: composer validate',
    );
  }
  // PHP writes an empty list for an empty object.
  if (text.trim() === '[]') return {};
  throw new BuildError(`${name} must hold an object: { ... }`);
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

/** A folder inside the app. */
function folder(value: unknown, otherwise: string): string {
  if (typeof value !== 'string') return otherwise;
  const path = value.replace(/\/+$/, '');
  if (path === '' || path.startsWith('/') || path.split('/').includes('..')) {
    throw new BuildError(`composer.json names a folder outside of the app: ${value.slice(0, 100)}`);
  }
  return path;
}
