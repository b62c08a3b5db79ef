const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

/** What `heroku ps:type` offers (behaviour 1.7). */
export interface DynoSize {
  /** As shown: `Standard-1X`. Compared without regard to case. */
  readonly name: string;
  /** Bytes; above it R14. */
  readonly memoryQuota: number;
  /** The kernel kills at quota times this (behaviour 1.8): R15. */
  readonly killFactor: number;
  /** One share is Heroku's `1x`. */
  readonly cpuShare: number;
  /** CPU cores at most; null for as many as are free. */
  readonly cpus: number | null;
  readonly pids: number;
  /** Bytes that it may write below `/app`. Heroku names none. */
  readonly disk: number;
  /** At most this many dynos of one type; null for the app's limit alone. */
  readonly maxPerType: number | null;
  /** Sleeps after 30 minutes without web traffic. */
  readonly sleeps: boolean;
}

const size = (
  name: string,
  memoryQuota: number,
  killFactor: number,
  cpuShare: number,
  pids: number,
  disk: number,
  maxPerType: number | null,
): DynoSize => ({
  name,
  memoryQuota,
  killFactor,
  cpuShare,
  cpus: null,
  pids,
  disk,
  maxPerType,
  sleeps: name === 'Eco',
});

/** Heroku's sizes; the first is what an app gets without asking. */
export const DYNO_SIZES: readonly DynoSize[] = [
  size('Basic', 512 * MiB, 5, 1, 256, 4 * GiB, null),
  size('Eco', 512 * MiB, 5, 1, 256, 4 * GiB, null),
  size('Standard-1X', 512 * MiB, 5, 1, 256, 4 * GiB, null),
  size('Standard-2X', 1 * GiB, 5, 2, 512, 8 * GiB, null),
  size('Performance-M', 2.5 * GiB, 2, 12, 16_384, 16 * GiB, 10),
  size('Performance-L', 14 * GiB, 2, 50, 32_768, 64 * GiB, 10),
  size('Performance-L-RAM', 30 * GiB, 2, 24, 24_576, 64 * GiB, 10),
  size('Performance-XL', 62 * GiB, 2, 50, 32_768, 64 * GiB, 10),
  size('Performance-2XL', 126 * GiB, 2, 100, 65_536, 64 * GiB, 10),
];

export const DEFAULT_SIZE = DYNO_SIZES[0]!;

/** Dynos of all types together (behaviour 1.7). */
export const MAX_DYNOS_PER_APP = 100;
