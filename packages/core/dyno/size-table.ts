import { PlatformError } from '@jangada/platform-api';
import type { DynoLimits } from '../ports/engine.ts';
import { DEFAULT_SIZE, DYNO_SIZES, type DynoSize } from './size.ts';

/** The sizes of one installation. */
export interface SizeTable {
  /** As offered. */
  readonly all: readonly DynoSize[];
  /** Names of the sizes whose dynos sleep when their app does not say otherwise. */
  readonly sleepy: ReadonlySet<string>;
  /** By name in any case; null when there is none. */
  find(name: string): DynoSize | null;
  /** The engine limits of a size. An unknown name (an operator removed it) gets the default size. */
  limitsOf(name: string): DynoLimits;
}

/** Docker's weight of one share. Kept small so that 100 shares stay below the kernel's maximum. */
const SHARE_WEIGHT = 256;

const FIELDS = ['memory', 'cpu_share', 'cpus', 'pids', 'disk', 'kill_factor', 'max_per_type', 'sleeps'] as const;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
const UNITS = { M: 2 ** 20, G: 2 ** 30 } as const;

export function sizeTable(all: readonly DynoSize[] = DYNO_SIZES): SizeTable {
  const find = (name: string): DynoSize | null =>
    all.find((size) => size.name.toLowerCase() === name.toLowerCase()) ?? null;
  return {
    all,
    sleepy: new Set(all.filter((size) => size.sleeps).map((size) => size.name)),
    find,
    limitsOf(name) {
      const { memoryQuota, killFactor, cpuShare, cpus, pids, disk } =
        find(name) ?? find(DEFAULT_SIZE.name) ?? DEFAULT_SIZE;
      const memoryLimit = Math.floor(memoryQuota * killFactor);
      const cpuShares = Math.max(2, Math.round(SHARE_WEIGHT * cpuShare));
      return { memoryQuota, memoryLimit, cpuShares, cpus, pids, diskBytes: disk };
    },
  };
}

/**
 * Heroku's sizes, changed by the text of an operator's `sizes.json`: an object of size names, each with what differs
 * (`{"Basic": {"memory": "1G"}, "Tiny": {"memory": "256M", "cpus": 0.5}, "Performance-2XL": null}`; null takes a size out).
 * Throws `invalid_params` with a sentence that names the size and the field.
 */
export function readSizes(text: string): readonly DynoSize[] {
  const sizes = new Map(DYNO_SIZES.map((size) => [size.name.toLowerCase(), size]));
  for (const [name, entry] of Object.entries(objectOf(parse(text), 'The file'))) {
    if (!NAME.test(name))
      throw refused(`"${name.slice(0, 64)}" cannot be the name of a size: use letters, digits, ".", "_", "-".`);
    const before = sizes.get(name.toLowerCase());
    if (entry !== null) sizes.set(name.toLowerCase(), sizeOf(name, objectOf(entry, name), before));
    else if (before === undefined) throw refused(`There is no size ${name} to take out.`);
    else if (before === DEFAULT_SIZE) throw refused(`${name} is what apps get without asking and cannot be taken out.`);
    else sizes.delete(name.toLowerCase());
  }
  return [...sizes.values()];
}

function sizeOf(name: string, entry: Readonly<Record<string, unknown>>, before: DynoSize | undefined): DynoSize {
  const unknown = Object.keys(entry).find((field) => !FIELDS.some((known) => known === field));
  if (unknown !== undefined) throw refused(`${name} has no field "${unknown}". Fields: ${FIELDS.join(', ')}.`);
  if (before === undefined && entry['memory'] === undefined) throw refused(`${name} needs a memory such as "512M".`);
  const number = <Fallback>(field: (typeof FIELDS)[number], min: number, max: number, fallback: Fallback) => {
    const value = entry[field];
    if (value === undefined) return fallback;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    throw refused(`${field} of ${name} must be a number from ${min} to ${max}, not ${JSON.stringify(value)}.`);
  };
  const whole = <Fallback>(field: (typeof FIELDS)[number], min: number, max: number, fallback: Fallback) => {
    const value = number(field, min, max, fallback);
    if (typeof value !== 'number' || Number.isInteger(value)) return value;
    throw refused(`${field} of ${name} must be a whole number, not ${value}.`);
  };
  const sleeps = entry['sleeps'] ?? before?.sleeps ?? false;
  if (typeof sleeps !== 'boolean')
    throw refused(`sleeps of ${name} must be true or false, not ${JSON.stringify(sleeps)}.`);
  return {
    name: before?.name ?? name,
    memoryQuota: entry['memory'] === undefined ? (before?.memoryQuota ?? 0) : bytesOf(name, 'memory', entry['memory']),
    killFactor: number('kill_factor', 1, 10, before?.killFactor ?? 2),
    cpuShare: number('cpu_share', 0.1, 1_000, before?.cpuShare ?? 1),
    cpus: number('cpus', 0.01, 1_024, before?.cpus ?? null),
    pids: whole('pids', 16, 1_000_000, before?.pids ?? 256),
    disk: entry['disk'] === undefined ? (before?.disk ?? DEFAULT_SIZE.disk) : bytesOf(name, 'disk', entry['disk']),
    maxPerType: whole('max_per_type', 1, 100, before?.maxPerType ?? null),
    sleeps,
  };
}

function bytesOf(name: string, field: 'memory' | 'disk', value: unknown): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([MG])$/.exec(String(value)) ?? [];
  const bytes = Math.round(Number(number) * UNITS[unit as keyof typeof UNITS]);
  if (bytes >= 16 * UNITS.M) return bytes;
  throw refused(`${field} of ${name} must be such as "512M" or "2.5G", at least "16M", not ${JSON.stringify(value)}.`);
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refused(`${name} must be an object, {…}.`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refused(`It is not JSON: ${error instanceof Error ? error.message : error}.`);
  }
}

function refused(what: string): PlatformError {
  return new PlatformError(
    'invalid_params',
    `sizes.json cannot be used. ${what} Correct or remove it, then start again.`,
  );
}
