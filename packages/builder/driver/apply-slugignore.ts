/**
 * Removes what `.slugignore` names from the tree given as the only argument. Runs inside the build container, where the core's
 * pure build rules are mounted.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { IgnoreRule, parseSlugignore } from '@jangada/core';

const RULES = '/opt/jangada/core/slugignore.ts';
const root = process.argv[2] as string;
const rules = (await import(pathToFileURL(RULES).href)) as { parseSlugignore: typeof parseSlugignore };

remove(rules.parseSlugignore(readFileSync(join(root, '.slugignore'), 'utf8')), '');

function remove(ignores: IgnoreRule, folder: string): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (ignores(path, entry.isDirectory())) rmSync(join(root, path), { recursive: true, force: true });
    else if (entry.isDirectory()) remove(ignores, path);
  }
}
