import { quoted } from '../kit/output.ts';
import type { Runtime } from '../kit/runtime.ts';

/** Where Bundler installs, from the app's folder. */
export const BUNDLE = 'vendor/bundle';
/** A few lines of Ruby, loaded first, from the app's folder. */
export const PATHS = '.heroku/ruby-paths.rb';

/**
 * Debian's Ruby looks for its library at places that are compiled into it. `RUBYLIB` names the real ones, but what it names comes
 * before gems, and a gem must come before the version of the same library that Ruby brings. So this puts them at the end, and marks them
 * as RubyGems expects it of Ruby's own.
 */
export const PATHS_SCRIPT = `root = File.dirname(RbConfig.ruby, 2)
own = $LOAD_PATH.select { |path| path.start_with?("#{root}/lib/") }
$LOAD_PATH.reject! { |path| own.include?(path) || path.start_with?("/usr/lib/") }
$LOAD_PATH.concat(own.map { |path| path.dup.tap { |copy| copy.instance_variable_set(:@gem_prelude_index, copy) } })
`;

/** What Ruby needs to know about where it is, and Bundler about how. \`folder\` is the app's. */
export function rubyVariables(runtime: Runtime, bundler: string, folder: string): Readonly<Record<string, string>> {
  const abi = `${runtime.version.split('.').slice(0, 2).join('.')}.0`;
  const library = `${runtime.prefix}/lib/ruby/${abi}`;
  const own: Readonly<Record<string, string>> =
    runtime.origin === 'stack'
      ? { RUBYLIB: `${library}:${runtime.libraries}/ruby/${abi}`, RUBYOPT: `-r${folder}/${PATHS}` }
      : {};
  return {
    ...own,
    LD_LIBRARY_PATH: runtime.libraries,
    GEM_PATH: `${folder}/${BUNDLE}/ruby/${abi}:${runtime.prefix}/lib/ruby/gems/${abi}`,
    GEM_HOME: `${folder}/${BUNDLE}/ruby/${abi}`,
    // The lockfile's Bundler is not downloaded: this one reads all of them.
    BUNDLER_VERSION: bundler,
  };
}

/** Defaults that a config var of the same name replaces, in builds and in dynos. */
export const DEFAULTS: Readonly<Record<string, string>> = {
  LANG: 'C.UTF-8',
  RACK_ENV: 'production',
  RAILS_ENV: 'production',
  RAILS_SERVE_STATIC_FILES: 'enabled',
  RAILS_LOG_TO_STDOUT: 'enabled',
  DISABLE_SPRING: '1',
  MALLOC_ARENA_MAX: '2',
  BUNDLE_WITHOUT: 'development:test',
  BUNDLE_PATH: BUNDLE,
  BUNDLE_BIN: `${BUNDLE}/bin`,
  BUNDLE_DEPLOYMENT: '1',
  BUNDLE_GLOBAL_PATH_APPENDS_RUBY_SCOPE: '1',
};

/** What installs and tasks find in their environment. */
export function buildEnvironment(
  inherited: Readonly<Record<string, string>>,
  configVars: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>>,
  programs: readonly string[],
): Readonly<Record<string, string>> {
  const {
    GEM_HOME: _home,
    GEM_PATH: _path,
    RUBYLIB: _lib,
    BUNDLE_GEMFILE: _file,
    ...given
  } = { ...inherited, ...configVars };
  const libraries = [variables['LD_LIBRARY_PATH'], given['LD_LIBRARY_PATH']].filter((each) => each);
  const options = [variables['RUBYOPT'], given['RUBYOPT']].filter((each) => each);
  return {
    ...DEFAULTS,
    ...given,
    LANG: configVars['LANG'] ?? 'C.UTF-8',
    ...variables,
    LD_LIBRARY_PATH: libraries.join(':'),
    ...(options.length > 0 ? { RUBYOPT: options.join(' ') } : {}),
    PATH: [...programs, given['PATH'] ?? ''].join(':'),
  };
}

/** Sourced when a dyno boots. */
export function rubyProfile(runtime: Runtime, bundler: string, secret: string): string {
  const { RUBYOPT, LD_LIBRARY_PATH, ...variables } = rubyVariables(runtime, bundler, '/app');
  return [
    `export PATH="$HOME/bin:$HOME/${BUNDLE}/bin:${runtime.prefix}/bin:$PATH"`,
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `export LD_LIBRARY_PATH=${quoted(LD_LIBRARY_PATH as string)}"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`,
    ...(RUBYOPT === undefined ? [] : [`export RUBYOPT=${quoted(RUBYOPT)}"\${RUBYOPT:+ $RUBYOPT}"`]),
    ...Object.entries(DEFAULTS).map(([name, value]) => `export ${name}="\${${name}:-${value}}"`),
    `export SECRET_KEY_BASE="\${SECRET_KEY_BASE:-${secret}}"`,
    '',
  ].join('\n');
}

/** Sourced before the next buildpack. */
export function exportFile(runtime: Runtime, bundler: string, folder: string): string {
  const variables = Object.entries(rubyVariables(runtime, bundler, folder));
  return [
    `export PATH=${quoted(`${folder}/${BUNDLE}/bin`)}:${runtime.prefix}/bin:"$PATH"`,
    ...variables.map(([name, value]) => `export ${name}=${quoted(value)}`),
    '',
  ].join('\n');
}
