import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '@jangada/platform-api';
import { chooseNodeVersion, chooseNpmVersion } from './node-version.ts';
import type { NpmRegistry } from './npm-registry.ts';

/** A Node.js with npm, of the npm registry or the platform's own. */
export interface NodeRuntime {
  /** Folder below the shelf's trees, for example `node-24.21.0-npm-11.6.2`. Says what is in it and never changes. */
  readonly name: string;
  readonly node: string;
  /** Null when the registry was not to be reached. */
  readonly npm: string | null;
}

export interface NodeRuntimesOptions {
  /** Null: none is configured, so only what is here can be used. */
  readonly registry: NpmRegistry | null;
  /** The Node that the platform itself runs on. */
  readonly platformNode: { readonly version: string; readonly binary: string };
  /** Remembers which versions are published. */
  readonly indexFile: string;
}

export interface NodeRuntimes {
  /** The version for a range, of what is published and present. Throws `invalid_params`. */
  choose(range: string | null, wide: boolean, present: readonly NodeRuntime[]): Promise<string>;
  /** The npm that goes with it; null when the registry is not to be reached. */
  npmFor(node: string): Promise<string | null>;
  /** Leaves the tree in an existing folder. Throws `not_found`. */
  make(runtime: NodeRuntime, into: string, say: (line: string) => void): Promise<void>;
  /** Leaves the C headers of a version in an existing folder. Throws `invalid_params` or `not_found`. */
  makeHeaders(node: string, into: string, say: (line: string) => void): Promise<void>;
}

const NAME = /^node-(\d+\.\d+\.\d+)(?:-npm-(\d+\.\d+\.\d+))?$/;
const INDEX_AGE_MS = 6 * 3_600_000;
const FETCH_MS = 10 * 60_000;
/** A registry that did not answer is left alone for so long: builds on what is here must not wait for it each time. */
const AWAY_MS = 60_000;
/** Of npm: what nobody runs. */
const NOT_NEEDED = ['package/docs', 'package/man', 'package/*.md', '*/test', '*/tests', '*.d.ts', '*.map'];
/** Of the headers: OpenSSL's for machines of other kinds, nine tenths of all. */
const OTHER_MACHINES = [
  'BSD*',
  'VC*',
  'aix*',
  'darwin*',
  'solaris*',
  'linux32*',
  'linux-arm*',
  'linux-elf',
  'linux-ppc*',
];
const NO_HEADERS = [
  'package/bin',
  'package/share',
  'package/*.md',
  'package/LICENSE',
  ...OTHER_MACHINES.map((pattern) => `package/include/node/openssl/archs/${pattern}`),
];
const NO_REGISTRY = 'No npm registry is configured: set JANGADA_NPM_REGISTRY and start the platform again.';

export function createNodeRuntimes({ registry, platformNode, indexFile }: NodeRuntimesOptions): NodeRuntimes {
  let awayUntil = 0;

  /** Null when the registry is not to be reached. */
  const versionsOf = async (name: string): Promise<Awaited<ReturnType<NpmRegistry['versions']>> | null> => {
    if (!registry || Date.now() < awayUntil) return null;
    try {
      return await registry.versions(name, AbortSignal.timeout(FETCH_MS));
    } catch {
      awayUntil = Date.now() + AWAY_MS;
      return null;
    }
  };

  const published = async (): Promise<readonly string[]> => {
    const saved = await readIndex(indexFile);
    if (saved && Date.now() - saved.at < INDEX_AGE_MS) return saved.versions;
    const found = await versionsOf(packageName());
    if (!found) return saved?.versions ?? [];
    const versions = Object.keys(found);
    await writeFile(indexFile, JSON.stringify({ at: Date.now(), versions }));
    return versions;
  };

  return {
    async choose(range, wide, present) {
      const ready = present.map((runtime) => runtime.node);
      const versions = {
        published: range === null ? [] : await published(),
        present: ready,
        platform: platformNode.version,
      };
      return chooseNodeVersion(range, versions, wide);
    },

    async npmFor(node) {
      const npms = await versionsOf('npm');
      return npms ? chooseNpmVersion(node, npms) : null;
    },

    async make({ node, npm }, into, say) {
      const signal = AbortSignal.timeout(FETCH_MS);
      await mkdir(join(into, 'bin'), { recursive: true });
      if (node === platformNode.version) {
        await copyFile(platformNode.binary, join(into, 'bin', 'node'));
      } else {
        if (!registry) throw new PlatformError('not_found', `Node.js ${node} is not on this server. ${NO_REGISTRY}`);
        say(`       Downloading Node.js ${node} for this server...`);
        await registry.unpack(packageName(), node, into, ['package/include', 'package/share', 'package/*.md'], signal);
      }
      if (npm !== null && registry) await addNpm(registry, npm, into, signal);
    },

    async makeHeaders(node, into, say) {
      if (!/^\d+\.\d+\.\d+$/.test(node)) throw new PlatformError('invalid_params', 'That is no version of Node.js.');
      if (!registry) throw new PlatformError('not_found', NO_REGISTRY);
      say(`       Downloading the headers of Node.js ${node} for this server...`);
      await registry.unpack(packageName(), node, into, NO_HEADERS, AbortSignal.timeout(FETCH_MS));
    },
  };
}

export function nodeRuntimeOf(name: string): NodeRuntime | null {
  const match = NAME.exec(name);
  return match ? { name, node: match[1] as string, npm: match[2] ?? null } : null;
}

/** The npm package that holds Node for this machine. */
function packageName(): string {
  return `node-linux-${process.arch}`;
}

/** npm where Node's own archives have it. */
async function addNpm(registry: NpmRegistry, version: string, tree: string, signal: AbortSignal): Promise<void> {
  const home = join(tree, 'lib', 'node_modules', 'npm');
  await mkdir(home, { recursive: true });
  await registry.unpack('npm', version, home, NOT_NEEDED, signal);
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(tree, 'bin', 'npm'));
  await symlink('../lib/node_modules/npm/bin/npx-cli.js', join(tree, 'bin', 'npx'));
}

async function readIndex(file: string): Promise<{ at: number; versions: string[] } | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as { at: number; versions: string[] };
  } catch {
    return null;
  }
}
