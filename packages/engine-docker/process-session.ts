import { readdir, readFile } from 'node:fs/promises';

/**
 * Signals every process of the session that `leader` (a pid of this machine) leads: a process that the engine starts inside
 * a container leads one, and what it starts stays in it unless it asks not to.
 */
export async function signalSession(leader: number, signal: NodeJS.Signals): Promise<void> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const members = await Promise.all(pids.map(async (pid) => ((await sessionOf(pid)) === leader ? [pid] : [])));
  for (const pid of members.flat()) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ESRCH') throw error;
    }
  }
}

/** Null for a process that has ended meanwhile. */
async function sessionOf(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat === null ? null : readSession(stat);
}

/** The session in `/proc/<pid>/stat`: the fourth field after the name, which may hold anything, brackets too (proc(5)). */
export function readSession(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
}
