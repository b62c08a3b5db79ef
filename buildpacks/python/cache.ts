import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyTree } from '../kit/trees.ts';

/** What an installed environment is good for: anything else in this list makes it useless. */
export function signatureOf(parts: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify(['v1', ...parts]))
    .digest('hex');
}

/** Installed packages, kept from build to build while nothing that decides them changes. */
export interface EnvironmentCache {
  /** Brings the environment back. Says why not when there is one that cannot be used, null when there is none. */
  restore(signature: string): 'restored' | 'changed' | null;
  save(signature: string): void;
}

export function openEnvironmentCache(cache: string, environment: string): EnvironmentCache {
  const kept = join(cache, 'python', 'environment');
  const file = join(cache, 'python', 'signature');
  return {
    restore(signature) {
      if (!existsSync(file)) return null;
      if (readFileSync(file, 'utf8') === signature && existsSync(kept)) {
        copyTree(kept, environment);
        return 'restored';
      }
      rmSync(join(cache, 'python'), { recursive: true, force: true });
      return 'changed';
    },

    save(signature) {
      if (existsSync(file) && readFileSync(file, 'utf8') === signature) return;
      rmSync(join(cache, 'python'), { recursive: true, force: true });
      copyTree(environment, kept);
      // Last: without it what was copied half is not used.
      writeFileSync(file, signature);
    },
  };
}
