import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the files of Yarn 2 and later say about an app. */
export interface YarnSettings {
  /** The app brings its own program; null when it does not. */
  readonly path: string | null;
  /** `pnp`: packages are run from the zip archives of `.yarn/cache`, which is then part of the app. */
  readonly linker: string;
  /** The major version that wrote the lockfile; null for Yarn 1, or without a lockfile. */
  readonly lockfileMajor: 2 | 3 | 4 | null;
  /** Whether `.yarnrc.yml` is there: Yarn 1 has no such file. */
  readonly configured: boolean;
  /** The archives of all packages are in the repository. */
  readonly zeroInstall: boolean;
  /** Whether a Yarn before 4 can leave devDependencies out: by a plugin. */
  readonly focusPlugin: boolean;
}

/** Of an app without a trace of Yarn. */
export const NO_YARN: YarnSettings = {
  path: null,
  linker: 'pnp',
  lockfileMajor: null,
  configured: false,
  zeroInstall: false,
  focusPlugin: false,
};

/** Reads `.yarnrc.yml`, `yarn.lock` and `.yarn` of an app. `YARN_NODE_LINKER` in `env` wins, as in Yarn itself. */
export function readYarnSettings(app: string, env: Readonly<Record<string, string>>): YarnSettings {
  const config = readText(join(app, '.yarnrc.yml'));
  const setting = (name: string): string | null =>
    new RegExp(`^${name}:\\s*['"]?([^'"\\s#]+)`, 'm').exec(config ?? '')?.[1] ?? null;
  return {
    path: setting('yarnPath'),
    linker: env['YARN_NODE_LINKER'] ?? setting('nodeLinker') ?? 'pnp',
    lockfileMajor: majorOf(readText(join(app, 'yarn.lock')) ?? ''),
    configured: config !== null,
    zeroInstall: namesIn(join(app, '.yarn/cache')).some((name) => name.endsWith('.zip')),
    focusPlugin: existsSync(join(app, '.yarn/plugins/@yarnpkg/plugin-workspace-tools.cjs')),
  };
}

/** Lets scripts and dynos call `yarn` when the app has it as a file. */
export function writeYarnShim(app: string, path: string): void {
  const folder = join(app, '.heroku/yarn/bin');
  const script = `#!/bin/sh\nexec node "$(dirname "$0")/../../../${path}" "$@"\n`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'yarn'), script, { mode: 0o755 });
}

/**
 * Removes archives that the app has no use for when it runs: all of them when packages are in `node_modules`, otherwise those
 * that Plug'n'Play's table does not name.
 */
export function dropArchives(app: string, yarn: YarnSettings): void {
  const folder = join(app, '.yarn/cache');
  if (yarn.linker !== 'pnp') {
    rmSync(folder, { recursive: true, force: true });
    return;
  }
  const table = ['.pnp.cjs', '.pnp.data.json'].map((name) => readText(join(app, name)) ?? '').join('');
  if (table === '') return;
  for (const name of namesIn(folder)) {
    if (name.endsWith('.zip') && !table.includes(name)) rmSync(join(folder, name));
  }
}

/** The public registries, as yarn 1 writes them into its lockfile. */
const PUBLIC = /^( {2}resolved ")https:\/\/registry\.(?:yarnpkg\.com|npmjs\.\w+)\//gm;

/**
 * Yarn 1 downloads from the addresses in its lockfile, whatever registry is set. This sends it to the operator's. Returns what
 * puts the lockfile back as it was.
 */
export function mirrorYarnLock(app: string, registry: string | undefined): () => void {
  const file = join(app, 'yarn.lock');
  const text = readText(file);
  if (text === null || registry === undefined) return () => undefined;
  const mirrored = text.replace(PUBLIC, (_, before: string) => `${before}${registry.replace(/\/*$/, '/')}`);
  if (mirrored === text) return () => undefined;
  writeFileSync(file, mirrored);
  return () => writeFileSync(file, text);
}

/** Yarn says in the lockfile which format it is in. */
function majorOf(lockfile: string): 2 | 3 | 4 | null {
  const format = /^__metadata:\r?\n(?: {2}.*\r?\n)*? {2}version: (\d+)/m.exec(lockfile)?.[1];
  if (format === undefined) return null;
  return Number(format) < 5 ? 2 : Number(format) < 8 ? 3 : 4;
}

function readText(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
