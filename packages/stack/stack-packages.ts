import { join } from 'node:path';
import { type StackPackages, Turns } from '@jangada/core';
import { type Apt, MACHINE_KEYS, openApt } from './apt.ts';
import { findDebianMirror } from './debian-mirror.ts';
import { openEngineImages } from './engine-images.ts';
import { readRecipe } from './recipe.ts';
import { readRuntime } from './runtime-lines.ts';
import type { StackOptions } from './stack.ts';

const STATUS_FILE = '/var/lib/dpkg/status';

/**
 * The packages of the stacks' suites, from the mirror that the stack images come from. What the smallest image of a stack has
 * counts as installed, because every dyno has at least that.
 */
export function openStackPackages(options: Omit<StackOptions, 'env'>): StackPackages {
  const recipes = options.recipeFolder ?? join(import.meta.dirname, '..', '..', 'stack');
  const engine = openEngineImages(options.dockerSocket);
  const opened = new Map<string, Promise<Apt>>();
  // apt locks its folders; builds that ask at the same time wait here instead of failing there.
  const turns = new Turns();

  const open = async (stack: string): Promise<Apt> => {
    const recipe = await readRecipe(recipes, stack);
    return openApt({
      folder: join(options.home.stack, `apt-${recipe.suite}`),
      mirror: await findDebianMirror(recipe.suite, options.debianMirror ?? null),
      status: await engine.readFile(recipe.layers.base.image, STATUS_FILE),
      keys: MACHINE_KEYS,
    });
  };

  const aptOf = (stack: string): Promise<Apt> => {
    const known = opened.get(stack);
    if (known) return known;
    const apt = open(stack);
    opened.set(stack, apt);
    apt.catch(() => opened.delete(stack));
    return apt;
  };

  return {
    async runtime(stack, name) {
      const recipe = await readRecipe(recipes, stack);
      return readRuntime(recipe.folder, name, process.arch);
    },

    async installed(stack) {
      const recipe = await readRecipe(recipes, stack);
      return engine.readFile(recipe.layers.base.image, STATUS_FILE);
    },

    resolve(stack, packages, signal) {
      return turns.take(async () => (await aptOf(stack)).resolve(packages, signal));
    },

    unpack(stack, packages, into, signal) {
      return turns.take(async () => (await aptOf(stack)).unpack(packages, into, signal));
    },
  };
}
