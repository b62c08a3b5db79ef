import { MEMORY_FUNCTION } from '../kit/memory.ts';
import { quoted } from '../kit/output.ts';
import type { Runtime } from '../kit/runtime.ts';

/** The runtimes of an app: PHP and the web servers before it. */
export interface PhpRuntimes {
  readonly php: Runtime;
  readonly apache: Runtime;
  readonly nginx: Runtime;
}

/** Settings over PHP's own for production. `extensions`: folder, null when PHP knows it. */
export function phpSettings(extensions: string | null): string {
  return `${extensions === null ? '' : `extension_dir = "${extensions}"\n`}include_path = "."
expose_php = Off
memory_limit = 128M
display_errors = Off
log_errors = On
error_log =
; Otherwise the web server logs it once more.
fastcgi.logging = Off
html_errors = Off
variables_order = "EGPCS"
date.timezone = UTC
session.save_path = "/tmp"
upload_tmp_dir = "/tmp"
opcache.enable = 1
opcache.enable_cli = 0
opcache.validate_timestamps = 0
opcache.memory_consumption = 64
`;
}

/** What Composer and the app's scripts find in their environment. */
export function buildEnvironment(
  inherited: Readonly<Record<string, string>>,
  configVars: Readonly<Record<string, string>>,
  places: { readonly app: string; readonly cache: string; readonly binFolder: string; readonly php: Runtime },
): Readonly<Record<string, string>> {
  const given = { ...inherited, ...configVars };
  const { app, cache, php } = places;
  const path = [`${app}/.heroku/php/bin`, `${php.prefix}/bin`, `${app}/${places.binFolder}`, given['PATH'] ?? ''];
  return {
    COMPOSER_CACHE_DIR: `${cache}/composer`,
    COMPOSER_HOME: `${cache}/composer-home`,
    COMPOSER_NO_INTERACTION: '1',
    COMPOSER_DISABLE_XDEBUG_WARN: '1',
    COMPOSER_MEMORY_LIMIT: '-1',
    COMPOSER_PROCESS_TIMEOUT: '0',
    COMPOSER_MIRROR_PATH_REPOS: '1',
    COMPOSER_NO_AUDIT: '1',
    COMPOSER_ROOT_VERSION: '1.0.0',
    ...given,
    PHPRC: `${app}/.heroku/php/etc/php`,
    PHP_INI_SCAN_DIR: `${app}/.heroku/php/etc/php/conf.d`,
    LD_LIBRARY_PATH: php.libraries,
    PATH: path.join(':'),
  };
}

/** Sourced when a dyno boots: PHP, its settings, and where the launchers find the web servers. */
export function phpProfile({ php, apache, nginx }: PhpRuntimes, binFolder: string): string {
  const libraries = [php, apache, nginx].map((runtime) => runtime.libraries).join(':');
  const fpm =
    php.origin === 'stack' ? `${php.prefix}/sbin/php-fpm${lineOf(php.version)}` : `${php.prefix}/sbin/php-fpm`;
  return `export PATH="$HOME/.heroku/php/bin:"${quoted(`${php.prefix}/bin`)}":$HOME/${binFolder}:$PATH"
export LD_LIBRARY_PATH=${quoted(libraries)}"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PHPRC="\${PHPRC:-$HOME/.heroku/php/etc/php}"
export PHP_INI_SCAN_DIR="$HOME/.heroku/php/etc/php/conf.d\${PHP_INI_SCAN_DIR:+:$PHP_INI_SCAN_DIR}"
export JANGADA_PHP_FPM=${quoted(fpm)}
export JANGADA_APACHE=${quoted(apache.prefix)}
export JANGADA_NGINX=${quoted(nginx.prefix)}
${MEMORY_FUNCTION}export MEMORY_AVAILABLE="\${MEMORY_AVAILABLE:-$(jangada_memory)}"
unset -f jangada_memory
`;
}

/** Sourced before the next buildpack. */
export function exportFile(app: string, php: Runtime): string {
  return `export PATH=${quoted(`${app}/.heroku/php/bin`)}:${quoted(`${php.prefix}/bin`)}:"$PATH"
export LD_LIBRARY_PATH=${quoted(php.libraries)}"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PHPRC=${quoted(`${app}/.heroku/php/etc/php`)}
export PHP_INI_SCAN_DIR=${quoted(`${app}/.heroku/php/etc/php/conf.d`)}
`;
}

function lineOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
