import { readFile, rename, rm, writeFile } from 'node:fs/promises';

/** One process for certain: a pid alone may since belong to another one. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot, from /proc. */
  readonly startTicks: string;
  readonly bootId: string;
}

/** What a supervisor leaves for the next: which process it started, and from what. */
export interface PidRecord extends ProcessIdentity {
  /** Digest of program, arguments and environment. */
  readonly fingerprint: string;
  /** ISO time. */
  readonly startedAt: string;
}

/** Null when the process is gone (a zombie counts as gone). */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    return { pid, startTicks: fields[19] ?? '', bootId };
  } catch {
    return null;
  }
}

/** Whether exactly this process still runs. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now !== null && now.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

export async function writePidFile(path: string, record: PidRecord): Promise<void> {
  const partial = `${path}.partial`;
  await writeFile(partial, JSON.stringify(record), { mode: 0o600 });
  await rename(partial, path);
}

/** The recorded process when it still runs; null otherwise, also when the file is missing or damaged. */
export async function readPidFile(path: string): Promise<PidRecord | null> {
  try {
    const record = JSON.parse(await readFile(path, 'utf8')) as PidRecord;
    return (await isAlive(record)) ? record : null;
  } catch {
    return null;
  }
}

export function removePidFile(path: string): Promise<void> {
  return rm(path, { force: true });
}
