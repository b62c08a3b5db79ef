import { readFile } from 'node:fs/promises';

/** CPU time of the machine since it was booted, in the kernel's ticks. */
export interface MachineTime {
  readonly total: number;
  /** Nobody had it. */
  readonly unused: number;
}

export async function readMachineTime(): Promise<MachineTime> {
  return parseMachineTime(await readFile('/proc/stat', 'utf8'));
}

/** The first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal; guests are in user. */
export function parseMachineTime(stat: string): MachineTime {
  const times = stat.slice(0, stat.indexOf('\n')).trim().split(/\s+/).slice(1, 9).map(Number);
  const total = times.reduce((sum, time) => sum + time, 0);
  return { total, unused: (times[3] ?? 0) + (times[4] ?? 0) };
}
