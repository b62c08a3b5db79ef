/** What a group and its machine did since the reading before. */
export interface CpuReading {
  /** A process is in the group. */
  readonly inUse: boolean;
  /** CPU cores that the group had. */
  readonly cores: number;
  /** Part of the machine's CPU time that nobody used, 0 to 1. */
  readonly unused: number;
}

/** `idle`: takes only what is left over. `weighted`: has its weight beside everybody else. */
export interface CpuClass {
  readonly name: 'idle' | 'weighted';
  /** Readings in a row that speak for the other class. */
  readonly readings: number;
}

export const IDLE: CpuClass = { name: 'idle', readings: 0 };
export const WEIGHTED: CpuClass = { name: 'weighted', readings: 0 };

/** Below them the group is starved: dynos that never rest leave nothing. */
const LEAST_UNUSED = 0.05;
const LEAST_CORES = 0.1;
/** Readings in a row until a starved group gets its weight, and until it is tried without once more. */
const PATIENCE = 2;
const TERM = 8;

/**
 * The class after one more reading. A group of the idle class waits for as long as others are busy, maybe for ever: so one
 * that is starved has its weight for a while.
 */
export function nextClass(now: CpuClass, { inUse, cores, unused }: CpuReading): CpuClass {
  const readings = now.readings + 1;
  if (now.name === 'weighted') return readings < TERM ? { ...now, readings } : IDLE;
  if (!inUse || cores >= LEAST_CORES || unused >= LEAST_UNUSED) return IDLE;
  return readings < PATIENCE ? { ...now, readings } : WEIGHTED;
}
