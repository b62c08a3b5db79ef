import { readdir, readFile } from 'node:fs/promises';

/** Proportional set size in bytes of a process, on request with everything it started; 0 when it is gone. */
export async function memoryOf(pid: number, withFamily: boolean): Promise<number> {
  if (!withFamily) return pssOf(pid);
  const parents = await parentsOfAll();
  const family = new Set([pid]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [child, parent] of parents) {
      if (family.has(parent) && !family.has(child)) {
        family.add(child);
        grown = true;
      }
    }
  }
  const sizes = await Promise.all([...family].map(pssOf));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function pssOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

async function parentsOfAll(): Promise<Map<number, number>> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    if (parent) parents.set(Number(name), Number(parent));
  }
  return parents;
}
