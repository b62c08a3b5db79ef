import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../kit/build-error.ts';

/** What of `package.json` decides a build. */
export interface Manifest {
  readonly engines: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  /** `yarn@4.5.0`, without a hash; null when not given. */
  readonly packageManager: { readonly name: string; readonly version: string } | null;
  readonly hasDependencies: boolean;
  readonly hasDevDependencies: boolean;
  readonly cacheDirectories: readonly string[];
}

/** Throws BuildError when the file is no JSON object. */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new BuildError(
      'Unable to parse package.json',
      error instanceof Error ? error.message : '',
      'Correct it, and try: node -p "require(\'./package.json\')"',
    );
  }
  if (!isRecord(value)) throw new BuildError('Unable to parse package.json', 'It must hold an object: { ... }');
  const declared = ['dependencies', 'optionalDependencies', 'workspaces', 'bundledDependencies', 'bundleDependencies'];
  const managed = /^([a-z]+)@(\d[\w.-]*)/.exec(
    typeof value['packageManager'] === 'string' ? value['packageManager'] : '',
  );
  const directories = value['cacheDirectories'] ?? value['cache_directories'];
  return {
    engines: texts(value['engines']),
    scripts: texts(value['scripts']),
    packageManager: managed ? { name: managed[1] as string, version: managed[2] as string } : null,
    hasDependencies: declared.some((key) => isFilled(value[key])),
    hasDevDependencies: isFilled(value['devDependencies']),
    cacheDirectories: Array.isArray(directories)
      ? directories.filter(
          (path): path is string => typeof path === 'string' && /^[\w@.][\w@./-]*$/.test(path) && !path.includes('..'),
        )
      : [],
  };
}

/** The wanted version of Node, and where it is written: `engines.node` first, then the files of version managers. */
export function wantedNode(
  manifest: Manifest,
  appFolder: string,
): { readonly range: string | null; readonly from: string } {
  const engine = manifest.engines['node'];
  if (engine) return { range: engine, from: 'engines.node (package.json)' };
  for (const name of ['.node-version', '.nvmrc']) {
    const file = join(appFolder, name);
    const range = existsSync(file) ? (readFileSync(file, 'utf8').split('\n')[0] ?? '').trim() : '';
    if (range !== '') return { range, from: name };
  }
  return { range: null, from: 'engines.node (package.json)' };
}

function texts(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : isRecord(value) && Object.keys(value).length > 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
