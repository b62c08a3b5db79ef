import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/** Copies a folder with times and links; what was at the target is replaced. */
export function copyTree(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  rmSync(to, { recursive: true, force: true });
  const { status, error } = spawnSync('cp', ['-a', '--reflink=auto', from, to]);
  if (status !== 0) throw error ?? new Error(`cp ended with ${status}`);
}
