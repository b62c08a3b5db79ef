import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import type { Runtime } from '../kit/runtime.ts';

/** An extension that a settings file switches on. */
export interface Extension {
  /** As PHP and Composer call it: `pdo_mysql`. */
  readonly name: string;
  readonly file: string;
  /** Extensions are loaded in this order. */
  readonly priority: number;
  /** Of PHP itself; others are on only when asked for. */
  readonly builtIn: boolean;
}

/** What comes with the stack's PHP; an operator's PHP brings its settings itself. */
export function findExtensions(php: Pick<Runtime, 'origin' | 'prefix'>): readonly Extension[] {
  if (php.origin !== 'stack') return [];
  const tree = dirname(php.prefix);
  const read = (pattern: string, builtIn: boolean): readonly Extension[] =>
    globSync(pattern, { cwd: tree }).map((path) => {
      const file = join(tree, path);
      const priority = Number(/^;\s*priority=(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 20);
      return { name: basename(path, '.ini'), file, priority, builtIn };
    });
  return [...read('usr/share/php[0-9]*/*/*.ini', true), ...read('etc/php/*/mods-available/*.ini', false)];
}

/** Other names for what is in PHP or in one of its extensions. */
const SAME: Readonly<Record<string, string>> = { 'zend-opcache': 'opcache' };

/**
 * Those that are switched on: PHP's own, those asked for, and what these need. `compiled`: names of what is in PHP itself.
 * Throws BuildError when one is not there.
 */
export function chooseExtensions(
  wanted: readonly string[],
  there: readonly Extension[],
  compiled: ReadonlySet<string>,
): readonly Extension[] {
  const names = wanted.map((name) => SAME[name] ?? name);
  const missing = names.filter((name) => !compiled.has(name) && !there.some((each) => each.name === name));
  if (missing.length > 0) {
    const optional = there.filter(({ builtIn }) => !builtIn).map(({ name }) => name);
    throw new BuildError(
      `PHP on this server has no extension ${missing.map((name) => `ext-${name}`).join(', ')}.`,
      `Besides PHP's own there are: ${optional.sort().join(', ') || 'none'}.`,
      'The operator can add a PHP that has it, as an archive php-<version>.tar.gz in the runtimes folder of the platform.',
    );
  }
  const needed = new Set(names.flatMap((name) => [name, ...(NEEDS[name] ?? [])]));
  return there
    .filter(({ name, builtIn }) => builtIn || needed.has(name))
    .toSorted((a, b) => a.priority - b.priority || a.name.localeCompare(b.name));
}

/** What Debian builds these upon. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  redis: ['igbinary', 'msgpack'],
  memcached: ['igbinary', 'msgpack'],
};

/** The names that `php -m` prints. */
export function parseModules(text: string): ReadonlySet<string> {
  const names = text.split('\n').map((line) => line.trim().toLowerCase());
  return new Set(names.filter((line) => line !== '' && !line.startsWith('[')).map((name) => name.replaceAll(' ', '-')));
}

/** PHP's settings for production, when the runtime brings them. */
export function productionSettings(php: Pick<Runtime, 'origin' | 'prefix'>): string {
  const found = globSync(['lib/php/*/php.ini-production', 'php.ini-production', 'etc/php.ini-production'], {
    cwd: php.prefix,
  });
  const file = found[0] === undefined ? null : join(php.prefix, found[0]);
  return file !== null && existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** Where the stack's PHP has its extensions; null for an operator's, which knows. */
export function extensionFolder(php: Pick<Runtime, 'origin' | 'prefix'>): string | null {
  const folder =
    php.origin === 'stack'
      ? globSync('lib/php/[0-9]*[0-9]', { cwd: php.prefix }).find((path) => /\/\d{8}$/.test(path))
      : undefined;
  return folder === undefined ? null : join(php.prefix, folder);
}
