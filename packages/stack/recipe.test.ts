import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { candidatesFor, readRecipe } from './recipe.ts';

const RECIPES = join(import.meta.dirname, '..', '..', 'stack');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recipe-'));
  await cp(RECIPES, folder, { recursive: true });
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function changePackages(variant: string, change: (packages: string[]) => string[]): Promise<void> {
  const path = join(folder, 'heroku-24', 'recipe.json');
  const recipe = JSON.parse(await readFile(path, 'utf8'));
  recipe.layers[variant].packages = change(recipe.layers[variant].packages);
  await writeFile(path, JSON.stringify(recipe));
}

test('the same recipe in another folder gives the same image names, so that installations share images', async () => {
  const ours = await readRecipe(RECIPES, 'heroku-24');
  const copy = await readRecipe(folder, 'heroku-24');
  expect(copy.layers).toEqual(ours.layers);
  expect(ours.layers.base.image).toMatch(/^jangada\/heroku-24:base-[0-9a-f]{12}$/);
});

test('a change in a lower layer renames the layers above it, a change in an upper layer leaves the lower ones', async () => {
  const before = await readRecipe(folder, 'heroku-24');
  await changePackages('run', (packages) => [...packages, 'tree']);
  const after = await readRecipe(folder, 'heroku-24');
  expect(after.layers.base.hash).toBe(before.layers.base.hash);
  expect(after.layers.run.hash).not.toBe(before.layers.run.hash);
  expect(after.layers.build.hash).not.toBe(before.layers.build.hash);
});

test('a locale more is a changed layer, and no locale at all leaves a layer as it is', async () => {
  const path = join(folder, 'heroku-24', 'recipe.json');
  const hashesWith = async (locales: readonly string[] | undefined): Promise<Record<string, string>> => {
    const recipe = JSON.parse(await readFile(path, 'utf8'));
    recipe.layers.run.locales = locales;
    await writeFile(path, JSON.stringify(recipe));
    const { layers } = await readRecipe(folder, 'heroku-24');
    return { base: layers.base.hash, run: layers.run.hash, build: layers.build.hash };
  };
  const none = await hashesWith(undefined);
  const one = await hashesWith(['en_US.UTF-8']);
  expect(one['base']).toBe(none['base']);
  expect(one['run']).not.toBe(none['run']);
  expect(one['build']).not.toBe(none['build']);
  expect(await hashesWith([])).toEqual(none);
});

test('a changed hook is a changed image', async () => {
  const before = await readRecipe(folder, 'heroku-24');
  await writeFile(join(folder, 'heroku-24', 'customize-hook'), '#!/bin/sh\n');
  const after = await readRecipe(folder, 'heroku-24');
  expect(after.layers.base.hash).not.toBe(before.layers.base.hash);
});

test('an unknown stack names the known ones', async () => {
  await expect(readRecipe(folder, '../heroku-24')).rejects.toMatchObject({
    id: 'stack_not_found',
    message: expect.stringContaining('heroku-24'),
  });
});

test('a build falls back to run and base, a dyno never gets the build image', () => {
  expect(candidatesFor('build')).toEqual(['build', 'run', 'base']);
  expect(candidatesFor('run')).toEqual(['run', 'base']);
  expect(candidatesFor('base')).toEqual(['base']);
});
