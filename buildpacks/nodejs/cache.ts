import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PackageManager } from './package-manager.ts';
import type { Runtime } from './runtime.ts';

/** What a kept directory is good for: another Node, manager or stack makes it useless. */
export function signatureOf(
  env: Readonly<Record<string, string>>,
  runtime: Runtime,
  manager: Pick<PackageManager, 'name' | 'specifier'>,
): string {
  return ['v2', env['STACK'] ?? '', runtime.node, runtime.npm ?? '', manager.specifier ?? manager.name].join('; ');
}

/** Brings back the directories of `cacheDirectories`, unless they were kept for another signature. */
export function restoreDirectories(
  app: string,
  cache: string,
  directories: readonly string[],
  signature: string,
): void {
  const kept = join(cache, 'directories');
  const saved = existsSync(join(kept, 'signature')) ? readFileSync(join(kept, 'signature'), 'utf8') : null;
  if (saved !== signature) {
    rmSync(kept, { recursive: true, force: true });
    return;
  }
  for (const directory of directories) {
    const from = join(kept, 'content', directory);
    if (existsSync(from) && !existsSync(join(app, directory))) copyTree(from, join(app, directory));
  }
}

/** Keeps the directories of `cacheDirectories` for the next build. */
export function saveDirectories(app: string, cache: string, directories: readonly string[], signature: string): void {
  const kept = join(cache, 'directories');
  rmSync(kept, { recursive: true, force: true });
  if (directories.length === 0) return;
  for (const directory of directories) {
    if (existsSync(join(app, directory))) copyTree(join(app, directory), join(kept, 'content', directory));
  }
  mkdirSync(kept, { recursive: true });
  writeFileSync(join(kept, 'signature'), signature);
}

function copyTree(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}
