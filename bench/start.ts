import { readdirSync, readFileSync } from 'node:fs';
import type { Installation } from '../e2e/harness/installation.ts';
import { boundRow, type Row, seconds, timed } from './measure.ts';

const MEGABYTE = 1024 * 1024;

/** A start of an installation that was stopped: everything is there already. */
export async function secondStart(platform: Installation): Promise<Row> {
  await platform.jangada(['down']);
  const ms = await timed(async () => {
    const outcome = await platform.jangada(['up']);
    if (outcome.status !== 0) throw new Error(outcome.output);
  });
  return boundRow('second start until healthy', ms, 5_000, seconds);
}

/** What the platform's own processes hold when nothing happens: proportional set size, shared pages counted once. */
export async function idleMemory(platform: Installation): Promise<readonly Row[]> {
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const parts = new Map<string, number>();
  for (const { pid, part } of platformProcesses(platform.home)) parts.set(part, (parts.get(part) ?? 0) + pssOf(pid));
  const megabytes = (bytes: number): string => `${Math.round(bytes / MEGABYTE)} MB`;
  const named = ['control-plane', 'router', 'haproxy', 'postgres', 'node-agent', 'supervisor'];
  const together = named.reduce((sum, part) => sum + (parts.get(part) ?? 0), 0);
  const detail = [...parts].map(([part, bytes]) => `${part} ${megabytes(bytes)}`).join(', ');
  return [boundRow(`idle memory (${detail})`, together, 350 * MEGABYTE, megabytes)];
}

/** All processes of the platform together: memory (proportional set size) now, cores that they keep busy over `ms`. */
export async function measureProcesses(
  platform: Installation,
  ms: number,
): Promise<{ readonly bytes: number; readonly cpu: number }> {
  const pids = platformProcesses(platform.home).map(({ pid }) => pid);
  const before = new Map(pids.map((pid) => [pid, ticksOf(pid)]));
  await new Promise((resolve) => setTimeout(resolve, ms));
  // A back end of the database may have ended meanwhile; what it used is small.
  const ticks = pids.reduce((sum, pid) => sum + Math.max(0, ticksOf(pid) - (before.get(pid) ?? 0)), 0);
  const cpu = (ticks / TICKS_PER_SECOND / ms) * 1000;
  return { bytes: pids.reduce((sum, pid) => sum + pssOf(pid), 0), cpu };
}

const TICKS_PER_SECOND = 100;

function ticksOf(pid: number): number {
  const fields = (read(`/proc/${pid}/stat`) ?? '').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

/** Processes whose environment or command line names the installation's home, and their children. */
function platformProcesses(home: string): { pid: number; part: string }[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return all.flatMap((pid) => {
    const [command, environment] = ['cmdline', 'environ'].map((file) => read(`/proc/${pid}/${file}`));
    if (!command || !(command.includes(home) || environment?.includes(`JANGADA_HOME=${home}\0`)))
      return parentPart(pid, home);
    return [{ pid, part: partOf(command) }];
  });
}

/** PostgreSQL's back ends rewrite their command lines: they are told by their parent. */
function parentPart(pid: number, home: string): { pid: number; part: string }[] {
  const parent = Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0);
  const command = parent > 1 ? read(`/proc/${parent}/cmdline`) : null;
  return command?.includes('postgres') && command.includes(home) ? [{ pid, part: 'postgres' }] : [];
}

function partOf(command: string): string {
  const app = /apps\/([\w-]+)\/main\.ts/.exec(command)?.[1];
  if (app) return app;
  return command.includes('haproxy') ? 'haproxy' : command.includes('postgres') ? 'postgres' : 'other';
}

function pssOf(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1] ?? 0) * 1024;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
