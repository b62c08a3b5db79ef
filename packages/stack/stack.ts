import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { Home } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { findDebianMirror } from './debian-mirror.ts';
import { type EngineImages, openEngineImages } from './engine-images.ts';
import { makeLayer, planLayer } from './layer.ts';
import {
  candidatesFor,
  type Recipe,
  type RecipeLayer,
  readRecipe,
  STACK_VARIANTS,
  type StackVariant,
} from './recipe.ts';
import { makeRootArchive, planRoot } from './root-archive.ts';

export interface StackOptions {
  readonly home: Pick<Home, 'stack' | 'processLogs'>;
  /** Unix socket of the Docker Engine. */
  readonly dockerSocket: string;
  /** Folder with one folder a stack. Default: this checkout's `stack/`. */
  readonly recipeFolder?: string;
  /** `JANGADA_DEBIAN_MIRROR`; null for the mirror of this machine's own apt. */
  readonly debianMirror?: string | null;
  /** Environment for the programs that are started; its proxy variables also reach the layers' containers. Only needed to make layers. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Stacks {
  /**
   * The best image there is now: for `build` the build layer, else run, else base. Asks the engine every time (2 ms).
   * Throws `stack_not_found` with what to do when the engine has none.
   */
  image(stack: string, variant: 'run' | 'build'): Promise<string>;
  /** Which layers the engine has now. */
  ready(stack: string, signal?: AbortSignal): Promise<readonly StackVariant[]>;
  /** Leaves the first layer's archive in the cache, without an engine. Does nothing when it is there already. */
  prepareArchive(stack: string, report: Report, signal?: AbortSignal): Promise<void>;
  /** Makes sure the engine has a layer and all below it: from the engine, the cache, or Debian's packages. */
  ensure(stack: string, variant: StackVariant, report: Report, signal?: AbortSignal): Promise<string>;
}

/** What is being done, in a few words, for a person who waits. */
export type Report = (doing: string) => void;

/** Bytes that must be free after a layer is made for its archive to be kept as well. */
const KEEP_ARCHIVE_ABOVE = 6 * 1024 ** 3;

/** Opens the stacks of one installation. Images are shared by all installations on an engine; archives are per home. */
export function openStack(options: StackOptions): Stacks {
  const engine = openEngineImages(options.dockerSocket);
  const folder = options.recipeFolder ?? join(import.meta.dirname, '..', '..', 'stack');
  const recipeOf = (stack: string): Promise<Recipe> => readRecipe(folder, stack);
  const maker: Maker = { engine, options };

  return {
    async image(stack, variant) {
      const recipe = await recipeOf(stack);
      for (const candidate of candidatesFor(variant)) {
        if (await engine.has(recipe.layers[candidate].image)) return recipe.layers[candidate].image;
      }
      throw new PlatformError(
        'stack_not_found',
        `The engine has no image of the stack ${stack}. Run "npm start" (or "bin/jangada stack") to make it.`,
      );
    },

    async ready(stack, signal) {
      const recipe = await recipeOf(stack);
      const there = await Promise.all(
        STACK_VARIANTS.map((variant) => engine.has(recipe.layers[variant].image, signal)),
      );
      return STACK_VARIANTS.filter((_, index) => there[index]);
    },

    async prepareArchive(stack, report, signal) {
      await makeArchive(maker, await recipeOf(stack), report, signal);
    },

    async ensure(stack, variant, report, signal) {
      const recipe = await recipeOf(stack);
      const wanted = candidatesFor(variant).toReversed();
      for (const layer of wanted) await ensureLayer(maker, recipe, layer, report, signal);
      return recipe.layers[variant].image;
    },
  };
}

interface Maker {
  readonly engine: EngineImages;
  readonly options: StackOptions;
}

async function ensureLayer(
  maker: Maker,
  recipe: Recipe,
  variant: StackVariant,
  report: Report,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { engine, options } = maker;
  const layer = recipe.layers[variant];
  if (await engine.has(layer.image, signal)) return;
  if (layer.from === null) {
    const archive = await makeArchive(maker, recipe, report, signal);
    report(`importing ${layer.image}`);
    try {
      await engine.importRoot(expand(archive), layer.image, signal);
    } catch (error) {
      // It may be damaged: the next attempt makes it anew instead of failing for ever.
      if (
        await engine.has(layer.image).then(
          () => true,
          () => false,
        )
      )
        await rm(archive, { force: true });
      throw error;
    }
    return;
  }
  const archive = archiveOf(options, layer);
  if (await exists(archive)) {
    report(`loading ${layer.image} from the cache`);
    await engine.load(expand(archive), signal);
    if (await engine.has(layer.image, signal)) return;
  }
  report(`installing ${layer.packages.length} packages for ${layer.image}`);
  const mirror = await findDebianMirror(recipe.suite, options.debianMirror ?? null);
  await makeLayer(engine, recipe, variant, planLayer(recipe, variant, mirror, options.env ?? {}), signal);
  await keep(maker, recipe, variant, report, signal);
}

/** Path of the first layer's archive, made when it is missing. */
async function makeArchive(
  { options }: Maker,
  recipe: Recipe,
  report: Report,
  signal: AbortSignal | undefined,
): Promise<string> {
  const archive = archiveOf(options, recipe.layers.base);
  if (await exists(archive)) return archive;
  await mkdir(options.home.stack, { recursive: true });
  await clearLeftovers(options.home.stack);
  const mirror = await findDebianMirror(recipe.suite, options.debianMirror ?? null);
  await makeRootArchive(planRoot(recipe, mirror), archive, {
    workFolder: options.home.stack,
    log: join(options.home.processLogs, 'stack.log'),
    env: options.env ?? {},
    report,
    signal,
  });
  await forgetOthers(options.home.stack, recipe, 'base');
  return archive;
}

/** Saves a made layer with the layers below, so that an emptied engine needs no network. Skipped on a nearly full disk. */
async function keep(
  { engine, options }: Maker,
  recipe: Recipe,
  variant: StackVariant,
  report: Report,
  signal: AbortSignal | undefined,
): Promise<void> {
  const disk = await statfs(options.home.stack);
  if (disk.bavail * disk.bsize < KEEP_ARCHIVE_ABOVE) return;
  const target = archiveOf(options, recipe.layers[variant]);
  report(`keeping ${recipe.layers[variant].image} in the cache`);
  const partial = `${target}.${process.pid}.partial`;
  const images = candidatesFor(variant).map((candidate) => recipe.layers[candidate].image);
  try {
    await pipeline(await engine.save(images, signal), createZstdCompress(), createWriteStream(partial));
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
  // The archive of a higher layer holds the lower one.
  if (variant === 'build') await rm(archiveOf(options, recipe.layers.run), { force: true });
  await forgetOthers(options.home.stack, recipe, variant);
}

function archiveOf(options: StackOptions, layer: RecipeLayer): string {
  return join(options.home.stack, `${layer.image.split('/').at(-1)?.replace(':', '-')}.tar.zst`);
}

/** Removes archives of the same layer that an older recipe made. */
async function forgetOthers(folder: string, recipe: Recipe, variant: StackVariant): Promise<void> {
  const prefix = `${recipe.stack}-${variant}-`;
  const current = `${prefix}${recipe.layers[variant].hash}`;
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix) && !name.startsWith(current)) await rm(join(folder, name), { force: true });
  }
}

/** What killed attempts left: unpacked root file systems and half-written archives. Those of running processes stay. */
async function clearLeftovers(folder: string): Promise<void> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const writer = /\.(\d+)\.partial$/.exec(name)?.[1];
    const isDead = writer !== undefined && !(await exists(`/proc/${writer}`));
    const isUnused = name.startsWith('mmdebstrap.') && !mounts.includes(path) && !(await isRecent(path));
    if (isDead || isUnused) await rm(path, { recursive: true, force: true });
  }
}

/** Changed within the last minutes: perhaps another process still works there. */
async function isRecent(path: string): Promise<boolean> {
  return Date.now() - (await stat(path)).mtimeMs < 5 * 60_000;
}

function expand(archive: string) {
  return createReadStream(archive).pipe(createZstdDecompress());
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
