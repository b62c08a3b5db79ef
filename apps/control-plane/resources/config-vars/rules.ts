import { PlatformError } from '@jangada/platform-api';

/** Bytes of all keys and values together (behaviour 8). */
export const MAX_CONFIG_BYTES = 64 * 1024;

/** What the environment of a process can carry and shells can name, plus the dots and dashes that some frameworks use. */
const KEY = /^[A-Za-z_][A-Za-z0-9_.-]{0,255}$/;

export type ConfigVars = Readonly<Record<string, string>>;

export interface ConfigMerge {
  readonly configVars: ConfigVars;
  readonly set: readonly string[];
  readonly unset: readonly string[];
}

/**
 * Applies a PATCH: text sets, null unsets; what is as asked already does not count. Throws `invalid_params` for a key that
 * cannot be (behaviour 7: `HEROKU_*` is the platform's) and above the size limit.
 */
export function mergeConfigVars(current: ConfigVars, patch: Readonly<Record<string, string | null>>): ConfigMerge {
  const merged = new Map(Object.entries(current));
  const set: string[] = [];
  const unset: string[] = [];
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      if (merged.delete(key)) unset.push(key);
    } else if (merged.get(key) !== value) {
      requireSettable(key);
      merged.set(key, value);
      set.push(key);
    }
  }
  const configVars = Object.fromEntries(merged);
  requireRoom(configVars);
  return { configVars, set, unset };
}

/** `Set FOO, BAR config vars`, `Unset FOO config vars` (behaviour 6). */
export function describeMerge({ set, unset }: Pick<ConfigMerge, 'set' | 'unset'>): string {
  if (unset.length === 0) return `Set ${set.join(', ')} config vars`;
  if (set.length === 0) return `Unset ${unset.join(', ')} config vars`;
  return `Set ${set.join(', ')} and unset ${unset.join(', ')} config vars`;
}

function requireSettable(key: string): void {
  if (!KEY.test(key)) {
    throw new PlatformError(
      'invalid_params',
      `"${key.slice(0, 64)}" cannot be the key of a config var. Use letters, digits and underscores, not starting with a digit.`,
    );
  }
  if (key.startsWith('HEROKU_') || key.startsWith('__')) {
    const prefix = key.startsWith('__') ? '__' : 'HEROKU_';
    throw new PlatformError(
      'invalid_params',
      `Config vars that start with ${prefix} are reserved for the platform. Choose another key than ${key}.`,
    );
  }
}

function requireRoom(configVars: ConfigVars): void {
  const bytes = Object.entries(configVars).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  if (bytes <= MAX_CONFIG_BYTES) return;
  throw new PlatformError(
    'invalid_params',
    `All config vars together may take 64 KB; these take ${Math.ceil(bytes / 1024)} KB. Keep large values in a file or a store.`,
  );
}
