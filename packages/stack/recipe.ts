import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '@jangada/platform-api';

/** `base` runs dynos and plain builds; `run` adds what Heroku's run image has; `build` adds compilers and headers. */
export type StackVariant = 'base' | 'run' | 'build';

export const STACK_VARIANTS: readonly StackVariant[] = ['base', 'run', 'build'];

export interface RecipeLayer {
  readonly variant: StackVariant;
  readonly from: StackVariant | null;
  /** Debian package names. */
  readonly packages: readonly string[];
  /** Locales beside C.UTF-8, for example `en_US.UTF-8`. Not in the first layer. */
  readonly locales: readonly string[];
  /** Twelve hex digits over everything that decides the content of this layer and those below it. */
  readonly hash: string;
  /** Image reference in the engine. The same recipe gives the same reference, so installations share images. */
  readonly image: string;
}

export interface Recipe {
  readonly stack: string;
  /** Debian suite, for example `trixie`. */
  readonly suite: string;
  /** Folder with the hooks. */
  readonly folder: string;
  readonly layers: Readonly<Record<StackVariant, RecipeLayer>>;
}

/** Raised when this package makes layers in another way, so that images of the old way are not taken for new ones. */
const FORMAT = 1;

interface RecipeFile {
  readonly suite: string;
  readonly layers: Readonly<Record<StackVariant, LayerFile>>;
}

interface LayerFile {
  readonly from: StackVariant | null;
  readonly packages: readonly string[];
  readonly locales?: readonly string[];
}

/** Reads `<folder>/<stack>/recipe.json`. Throws `stack_not_found` for a stack without a recipe. */
export async function readRecipe(folder: string, stack: string): Promise<Recipe> {
  const known = await readdir(folder, { withFileTypes: true }).then(
    (entries) => entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name),
    (): string[] => [],
  );
  if (!known.includes(stack)) {
    const choice = known.length === 0 ? `no recipe was found in ${folder}` : `choose one of: ${known.join(', ')}`;
    throw new PlatformError('stack_not_found', `There is no stack "${stack}": ${choice}.`);
  }
  const at = join(folder, stack);
  const file = JSON.parse(await readFile(join(at, 'recipe.json'), 'utf8')) as RecipeFile;
  const hooks = await Promise.all(['essential-hook', 'customize-hook'].map((name) => readFile(join(at, name), 'utf8')));
  return { stack, suite: file.suite, folder: at, layers: layersOf(stack, file, hooks) };
}

function layersOf(stack: string, file: RecipeFile, hooks: readonly string[]): Recipe['layers'] {
  const layer = (variant: StackVariant): RecipeLayer => {
    const { from, packages, locales = [] } = file.layers[variant];
    const below: readonly string[] = from === null ? [file.suite, ...hooks] : [layer(from).hash];
    const hash = createHash('sha256')
      .update(JSON.stringify([FORMAT, stack, below, packages, ...(locales.length === 0 ? [] : [locales])]))
      .digest('hex')
      .slice(0, 12);
    return { variant, from, packages, locales, hash, image: `jangada/${stack}:${variant}-${hash}` };
  };
  return { base: layer('base'), run: layer('run'), build: layer('build') };
}

/** Which layers serve for a variant, best first: a build may run in a smaller image while the larger is still made. */
export function candidatesFor(variant: StackVariant): readonly StackVariant[] {
  return STACK_VARIANTS.slice(0, STACK_VARIANTS.indexOf(variant) + 1).reverse();
}
