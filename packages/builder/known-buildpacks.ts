import { type Dirent, existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildpackNames, nameOfBuiltIn, REGISTERED_FILE, readBuildpackRegistry } from '@jangada/core';

/** A buildpack that apps of this installation can name. */
export interface KnownBuildpack {
  /** `heroku/nodejs` */
  readonly name: string;
  /** One line; may be empty. */
  readonly description: string;
  /** Oldest first, at least one; the last one is used. */
  readonly versions: readonly {
    /** Where it comes from, as `BuildpackNames.registered` has it; null for what is built in. */
    readonly address: string | null;
    readonly createdAt: Date;
  }[];
  /** Markdown, of buildpacks that are folders of this machine. */
  readonly readme: string | null;
  /** Whether the platform has one of this name, which detection asks even when the operator's replaces it. */
  readonly builtIn: boolean;
}

/** Name of the operator's list in `home.buildpacks`. `jangada buildpacks:register` writes it. */
export const REGISTRY_FILE = 'registry.json';

const README_BYTES = 100_000;

/**
 * The built-in buildpacks, the operator's list (`registry.json`) and the files in the operator's folder, which may be folders,
 * `.tgz` archives or bare `.git` repositories below the folder of their namespace. By name; later ones replace earlier ones.
 * Throws `invalid_params` when the list cannot be read.
 */
export async function knownBuildpacks(builtInFolder: string, ownFolder: string): Promise<readonly KnownBuildpack[]> {
  const registry = await readFile(join(ownFolder, REGISTRY_FILE), 'utf8').catch(() => '');
  const listed = readBuildpackRegistry(registry).map(
    ({ name, description, versions }): KnownBuildpack => ({
      name,
      description,
      versions: versions.map(({ url, createdAt }) => ({ address: url, createdAt })),
      readme: null,
      builtIn: false,
    }),
  );
  const builtIn = await builtInBuildpacks(builtInFolder);
  const all = [...builtIn, ...listed, ...(await filedBuildpacks(ownFolder))];
  const known = [...new Map(all.map((each) => [each.name, each])).values()];
  return known.map((each) => ({ ...each, builtIn: builtIn.some(({ name }) => name === each.name) }));
}

/** What a build has to know of them. `registry`: where others come from. */
export function buildpackNames(known: readonly KnownBuildpack[], registry?: string): BuildpackNames {
  const addresses = known.map(({ name, versions }) => [name, versions.at(-1)?.address ?? null] as const);
  return {
    builtIn: known.filter(({ builtIn }) => builtIn).map(({ name }) => name.slice(name.indexOf('/') + 1)),
    registered: Object.fromEntries(addresses.filter((entry): entry is [string, string] => entry[1] !== null)),
    ...(registry === undefined ? {} : { registry }),
  };
}

async function builtInBuildpacks(folder: string): Promise<readonly KnownBuildpack[]> {
  // Beside them lies what they are made with.
  const folders = (await entriesOf(folder)).filter(({ name }) => existsSync(join(folder, name, 'bin', 'detect')));
  return Promise.all(
    folders.map(async ({ name }) => {
      const path = join(folder, name);
      const manifest = await readFile(join(path, 'package.json'), 'utf8').catch(() => '{}');
      const { description = '' } = JSON.parse(manifest) as { readonly description?: string };
      const versions = [{ address: null, createdAt: await changedAt(path) }];
      return { name: nameOfBuiltIn(name), description, versions, readme: await readmeOf(path), builtIn: true };
    }),
  );
}

async function filedBuildpacks(folder: string): Promise<readonly KnownBuildpack[]> {
  const known: KnownBuildpack[] = [];
  for (const namespace of await entriesOf(folder)) {
    if (!namespace.isDirectory()) continue;
    for (const entry of await entriesOf(join(folder, namespace.name))) {
      const [, name] = /^([a-z0-9][a-z0-9_-]*)(?:\.tgz|\.git)?$/.exec(entry.name) ?? [];
      if (name === undefined || entry.isFile() !== entry.name.endsWith('.tgz')) continue;
      const place = `${namespace.name}/${entry.name}`;
      const versions = [{ address: `${REGISTERED_FILE}${place}`, createdAt: await changedAt(join(folder, place)) }];
      const readme = await readmeOf(join(folder, place));
      known.push({ name: `${namespace.name}/${name}`, description: '', versions, readme, builtIn: false });
    }
  }
  return known;
}

function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

async function changedAt(path: string): Promise<Date> {
  return (await stat(path)).mtime;
}

async function readmeOf(folder: string): Promise<string | null> {
  return (await readFile(join(folder, 'README.md'), 'utf8').catch(() => null))?.slice(0, README_BYTES) ?? null;
}
