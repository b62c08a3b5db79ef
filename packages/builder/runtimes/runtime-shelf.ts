import { cp, mkdir, readdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { StackPackages } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { chooseRuntime } from './choose-runtime.ts';
import type { FinishRuntime } from './finish-runtime.ts';
import { createNodeRuntimes, type NodeRuntime, nodeRuntimeOf } from './node-runtimes.ts';
import type { NpmRegistry } from './npm-registry.ts';
import { openOperatorRuntimes } from './operator-runtimes.ts';
import { createSquashfsPacker, type PackSquashfs } from './squashfs.ts';
import { createStackRuntimes } from './stack-runtimes.ts';

/** A runtime of any language or tool but Node.js, at its place in builds and dynos. */
export interface LanguageRuntime {
  /** Folder below the shelf's trees. Says what is in it and never changes. */
  readonly name: string;
  readonly runtime: string;
  /** `3.13.5` */
  readonly version: string;
  /** Made of the stack's Debian packages, or the operator's own. */
  readonly origin: 'stack' | 'operator';
  /** Where `bin` is. */
  readonly prefix: string;
  /** What LD_LIBRARY_PATH has to name. */
  readonly libraries: string;
}

/** Runtimes that the platform gets once for all apps, outside of any container. A build that is cancelled does not stop a fetch. */
export interface RuntimeShelf {
  /** Folder of the trees; mounted read-only into builds. */
  readonly trees: string;
  /** Node.js for a range of versions; fetched when it is not there, `say` telling so. Throws `invalid_params` or `not_found`. */
  node(range: string | null, wide: boolean, say: Say): Promise<NodeRuntime>;
  /** The name of a tree with the C headers of a Node.js, for builds only. Throws `not_found` when they are not to be had. */
  headers(node: string, say: Say): Promise<string>;
  /** Another runtime by its name (`python`), for a range in the form of semver. Throws as `node` does. */
  language(asker: Asker, runtime: string, range: string | null, say: Say): Promise<LanguageRuntime>;
  /** A squashfs image with these runtimes at their place in an app tree: what a slug is begun with. */
  image(names: readonly string[]): Promise<string>;
  /** Whether there is such a runtime. */
  has(name: string): Promise<boolean>;
}

/** The build that asks: its stack, and how what is to be run of a new runtime is run. */
export interface Asker {
  readonly stack: string;
  readonly finish: FinishRuntime;
  /** Content of dpkg's status file in the smallest image of the stack; null where that is not known. */
  installed(): Promise<string | null>;
  /** Told what no person can put right, for the platform's log. */
  failed(error: unknown): void;
}

type Say = (line: string) => void;

export interface RuntimeShelfOptions {
  readonly folder: string;
  /** Null: none is configured, so only what is here can be used. */
  readonly registry: NpmRegistry | null;
  /** The Node that the platform itself runs on. */
  readonly platformNode: { readonly version: string; readonly binary: string };
  /** Null: runtimes come from the operator only. */
  readonly packages: StackPackages | null;
  /** Where the operator keeps other runtimes (`JANGADA_RUNTIME_MIRROR`); null: in the shelf's folder only. */
  readonly mirror: string | null;
  /** Name of the folder in an app tree, and where that is in builds and dynos. */
  readonly placeInApp: string;
  readonly placeInDyno: string;
  /** Default: in this process's surroundings. */
  readonly pack?: PackSquashfs;
}

/** Runtimes that may be in a slug: the headers of Node.js are for builds. */
const NAME = /^(?!node-headers-)[a-z][a-z0-9]*-[\w.-]+$/;
const PACK_MS = 10 * 60_000;

export async function openRuntimeShelf(options: RuntimeShelfOptions): Promise<RuntimeShelf> {
  const { folder, placeInApp, placeInDyno, pack = createSquashfsPacker() } = options;
  const trees = join(folder, 'trees');
  const images = join(folder, 'images');
  const incoming = join(folder, 'incoming');
  const working = new Map<string, Promise<unknown>>();
  await rm(incoming, { recursive: true, force: true });
  for (const path of [trees, images, incoming]) await mkdir(path, { recursive: true, mode: 0o755 });
  const nodes = createNodeRuntimes({ ...options, indexFile: join(folder, 'node-versions.json') });
  const ofStack = options.packages && createStackRuntimes(options.packages, join(folder, 'stack-packages.json'));
  const ofOperator = openOperatorRuntimes(folder, options.mirror);

  /** One caller does the work, others wait for it. */
  const once = <Result>(key: string, work: () => Promise<Result>): Promise<Result> => {
    const running = working.get(key) as Promise<Result> | undefined;
    if (running) return running;
    const started = work().finally(() => working.delete(key));
    working.set(key, started);
    return started;
  };

  /** Puts a tree on the shelf when `fill` is done with it, and nothing when it fails. */
  const add = async (name: string, fill: (draft: string) => Promise<void>): Promise<void> => {
    const draft = join(incoming, name);
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    try {
      await fill(draft);
      await rename(draft, join(trees, name));
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      throw error;
    }
  };

  /** What is used stays when the platform tidies. */
  const touch = (path: string): Promise<void> => utimes(path, new Date(), new Date());

  const has = async (name: string): Promise<boolean> => NAME.test(name) && (await readdir(trees)).includes(name);

  const presentNodes = async (): Promise<readonly NodeRuntime[]> =>
    (await readdir(trees)).flatMap((name) => nodeRuntimeOf(name) ?? []);

  const getNode = async (node: string, say: Say): Promise<NodeRuntime> => {
    const ready = (await presentNodes()).filter((runtime) => runtime.node === node);
    const complete = ready.find((runtime) => runtime.npm !== null);
    if (complete) return complete;
    // An app that does without npm can be built while the registry is away.
    const npm = await nodes.npmFor(node);
    if (npm === null && ready[0]) return ready[0];
    const runtime = { name: npm === null ? `node-${node}` : `node-${node}-npm-${npm}`, node, npm };
    await add(runtime.name, (draft) => nodes.make(runtime, draft, say));
    return runtime;
  };

  return {
    trees,
    has,

    async node(range, wide, say) {
      const node = await once(`choose ${range} ${wide}`, async () => nodes.choose(range, wide, await presentNodes()));
      const runtime = await once(`node ${node}`, () => getNode(node, say));
      await touch(join(trees, runtime.name));
      return runtime;
    },

    headers(node, say) {
      const name = `node-headers-${node}`;
      return once(name, async () => {
        if (!(await readdir(trees)).includes(name)) await add(name, (draft) => nodes.makeHeaders(node, draft, say));
        return name;
      });
    },

    async language({ stack, finish }, runtime, range, say) {
      const known = /^[a-z][a-z0-9]{0,30}$/.test(runtime) && runtime !== 'node';
      const operators = known ? await ofOperator.offers(runtime) : [];
      const stacks =
        known && ofStack ? await once(`offers ${stack} ${runtime}`, () => ofStack.offers(stack, runtime)) : null;
      if (!known || (stacks === null && operators.length === 0)) {
        throw new PlatformError('not_found', `This server has no runtime called "${runtime.slice(0, 40)}".`);
      }
      const title = stacks?.title ?? runtime;
      const chosen = chooseRuntime({ runtime, title }, range, [...operators, ...(stacks?.offers ?? [])]);
      const place = `${placeInDyno}/${chosen.name}`;
      const key = `language ${chosen.name}`;
      if (working.has(key) && !(await has(chosen.name))) {
        say(`       Waiting for ${title} ${chosen.version}, which another build is preparing...`);
      }
      await once(key, async () => {
        if (await has(chosen.name)) return;
        say(`       Preparing ${title} ${chosen.version} for this server, once for all apps...`);
        await add(chosen.name, async (draft) => {
          if (chosen.origin === 'operator') await ofOperator.make(chosen, draft);
          else await ofStack?.make(stack, chosen, draft, place, finish);
        });
      });
      await touch(join(trees, chosen.name));
      const { name, version, origin } = chosen;
      return origin === 'operator'
        ? { name, runtime, version, origin, prefix: place, libraries: `${place}/lib` }
        : {
            name,
            runtime,
            version,
            origin,
            prefix: `${place}/${chosen.line.prefix}`,
            libraries: `${place}/${chosen.line.libraries}`,
          };
    },

    image(names) {
      const key = [...names].sort().join('+');
      return once(`image ${key}`, async () => {
        const file = join(images, `${key}.squashfs`);
        if ((await readdir(images)).includes(`${key}.squashfs`)) {
          await touch(file);
          return file;
        }
        const stage = join(incoming, `image-${key}`);
        await rm(stage, { recursive: true, force: true });
        for (const name of names) {
          await cp(join(trees, name), join(stage, placeInApp, name), { recursive: true, verbatimSymlinks: true });
        }
        const draft = join(incoming, `${key}.squashfs`);
        await rm(draft, { force: true });
        await pack(stage, draft, [], AbortSignal.timeout(PACK_MS));
        await rename(draft, file);
        await rm(stage, { recursive: true, force: true });
        return file;
      });
    },
  };
}
