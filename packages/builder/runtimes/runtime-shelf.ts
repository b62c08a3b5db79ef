import { copyFile, cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '@jangada/platform-api';
import { chooseNodeVersion, chooseNpmVersion } from './node-version.ts';
import type { NpmRegistry } from './npm-registry.ts';
import { packSquashfs } from './squashfs.ts';

/** One runtime on the shelf: a read-only tree that every app of the machine may use. */
export interface Runtime {
  /** Folder below `trees`, for example `node-24.21.0-npm-11.6.2`. Says what is in it and never changes. */
  readonly name: string;
  readonly node: string;
  /** Null when the registry was not to be reached. */
  readonly npm: string | null;
}

/** Node.js runtimes that the platform fetches once for all apps, outside of any container. A build that is cancelled does not stop a fetch. */
export interface RuntimeShelf {
  /** Folder of the trees; mounted read-only into builds. */
  readonly trees: string;
  /** The runtime for a range of versions; fetched when it is not there, `say` telling so. Throws `invalid_params` or `not_found`. */
  node(range: string | null, wide: boolean, say: (line: string) => void): Promise<Runtime>;
  /** A squashfs image with these runtimes at their place in an app tree: what a slug is begun with. */
  image(names: readonly string[]): Promise<string>;
  /** Whether there is such a runtime. */
  has(name: string): Promise<boolean>;
}

export interface RuntimeShelfOptions {
  readonly folder: string;
  /** Null: none is configured, so only what is here can be used. */
  readonly registry: NpmRegistry | null;
  /** The Node that the platform itself runs on. */
  readonly platformNode: { readonly version: string; readonly binary: string };
  /** Name of the folder in an app tree. */
  readonly placeInApp: string;
}

const NAME = /^node-(\d+\.\d+\.\d+)(?:-npm-(\d+\.\d+\.\d+))?$/;
const INDEX_AGE_MS = 6 * 3_600_000;
const FETCH_MS = 10 * 60_000;
/** A registry that did not answer is left alone for so long: builds on what is here must not wait for it each time. */
const AWAY_MS = 60_000;
/** Of npm: what nobody runs. */
const NOT_NEEDED = ['package/docs', 'package/man', 'package/*.md', '*/test', '*/tests', '*.d.ts', '*.map'];
const NO_REGISTRY = 'No npm registry is configured: set JANGADA_NPM_REGISTRY and start the platform again.';

export async function openRuntimeShelf(options: RuntimeShelfOptions): Promise<RuntimeShelf> {
  const { folder, registry, platformNode } = options;
  const trees = join(folder, 'trees');
  const images = join(folder, 'images');
  const incoming = join(folder, 'incoming');
  const indexFile = join(folder, 'node-versions.json');
  const working = new Map<string, Promise<unknown>>();
  let awayUntil = 0;
  await rm(incoming, { recursive: true, force: true });
  for (const path of [trees, images, incoming]) await mkdir(path, { recursive: true, mode: 0o755 });

  const present = async (): Promise<readonly Runtime[]> =>
    (await readdir(trees)).flatMap((name) => runtimeOf(name) ?? []);

  /** One caller does the work, others wait for it. */
  const once = <Result>(key: string, work: () => Promise<Result>): Promise<Result> => {
    const running = working.get(key) as Promise<Result> | undefined;
    if (running) return running;
    const started = work().finally(() => working.delete(key));
    working.set(key, started);
    return started;
  };

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

  const published = (): Promise<readonly string[]> =>
    once('index', async () => {
      const saved = await readIndex(indexFile);
      if (saved && Date.now() - saved.at < INDEX_AGE_MS) return saved.versions;
      const found = await versionsOf(packageName());
      if (!found) return saved?.versions ?? [];
      const versions = Object.keys(found);
      await writeFile(indexFile, JSON.stringify({ at: Date.now(), versions }));
      return versions;
    });

  const fetchRuntime = async (node: string, say: (line: string) => void): Promise<Runtime> => {
    const signal = AbortSignal.timeout(FETCH_MS);
    const ready = (await present()).filter((runtime) => runtime.node === node);
    const complete = ready.find((runtime) => runtime.npm !== null);
    if (complete) return complete;
    // An app that does without npm can be built while the registry is away.
    const npms = await versionsOf('npm');
    const npm = npms ? chooseNpmVersion(node, npms) : null;
    if (npm === null && ready[0]) return ready[0];
    const name = npm === null ? `node-${node}` : `node-${node}-npm-${npm}`;
    const draft = join(incoming, name);
    await rm(draft, { recursive: true, force: true });
    await mkdir(join(draft, 'bin'), { recursive: true });
    try {
      if (node === platformNode.version) {
        await copyFile(platformNode.binary, join(draft, 'bin', 'node'));
      } else {
        if (!registry) throw new PlatformError('not_found', `Node.js ${node} is not on this server. ${NO_REGISTRY}`);
        say(`       Downloading Node.js ${node} for this server...`);
        await registry.unpack(packageName(), node, draft, ['package/include', 'package/share', 'package/*.md'], signal);
      }
      if (npm !== null && registry) await addNpm(registry, npm, draft, signal);
      await rename(draft, join(trees, name));
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      throw error;
    }
    return { name, node, npm };
  };

  return {
    trees,

    async node(range, wide, say) {
      const versions = range === null ? [] : await published();
      const ready = (await present()).map((runtime) => runtime.node);
      const node = chooseNodeVersion(
        range,
        { published: versions, present: ready, platform: platformNode.version },
        wide,
      );
      return once(`node ${node}`, () => fetchRuntime(node, say));
    },

    image(names) {
      const key = [...names].sort().join('+');
      return once(`image ${key}`, async () => {
        const file = join(images, `${key}.squashfs`);
        if ((await readdir(images)).includes(`${key}.squashfs`)) return file;
        const stage = join(incoming, `image-${key}`);
        await rm(stage, { recursive: true, force: true });
        for (const name of names) {
          await cp(join(trees, name), join(stage, options.placeInApp, name), {
            recursive: true,
            verbatimSymlinks: true,
          });
        }
        const draft = join(incoming, `${key}.squashfs`);
        await rm(draft, { force: true });
        await packSquashfs(stage, draft, [], AbortSignal.timeout(FETCH_MS));
        await rename(draft, file);
        await rm(stage, { recursive: true, force: true });
        return file;
      });
    },

    async has(name) {
      return NAME.test(name) && (await readdir(trees)).includes(name);
    },
  };
}

function runtimeOf(name: string): Runtime | null {
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
