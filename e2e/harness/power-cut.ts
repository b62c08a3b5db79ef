import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installation } from './installation.ts';
import { killEach } from './processes.ts';
import { run, runOk } from './run.ts';

/**
 * Kills the processes of an installation, its containers and what holds these for the engine, in one moment, and takes its
 * mounts away: what is left is what is on the disk. The machine's engine goes on, because others use it.
 */
export async function cutPower(platform: Installation, processes: readonly number[]): Promise<void> {
  const inits = await docker('ps', '--quiet', '--filter', await labelOf(platform)).then((ids) =>
    ids.length === 0 ? [] : docker('inspect', '--format', '{{.State.Pid}}', ...ids),
  );
  const inside = inits.map(Number).flatMap(aroundInit);
  killEach([...processes, ...inside]);
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const point of mounts.filter((one) => one.startsWith(`${platform.home}/`)).reverse()) {
    await run('umount', ['-l', point]);
  }
}

/** Names of the dynos that the engine runs now, sorted. */
export async function runningContainers(platform: Installation): Promise<string[]> {
  const filters = [await labelOf(platform), 'label=jangada.dyno'].flatMap((label) => ['--filter', label]);
  const names = await docker('ps', ...filters, '--format', '{{.Label "jangada.name"}}');
  return names.sort();
}

async function labelOf({ home }: Installation): Promise<string> {
  const { installId } = JSON.parse(await readFile(join(home, 'settings.json'), 'utf8')) as { installId: string };
  return `label=jangada.install=${installId}`;
}

async function docker(...args: readonly string[]): Promise<string[]> {
  return (await runOk('docker', args)).stdout.split('\n').filter(Boolean);
}

/** A container's processes, and the one that holds them for the engine; none of a container that has ended meanwhile (0). */
function aroundInit(pid: number): number[] {
  const stat = pid === 0 ? '' : readProcess(pid, 'stat');
  // The name of the program, in parentheses, may have blanks.
  const parent = Number(stat.split(') ')[1]?.split(' ')[1]);
  return parent > 0 ? [parent, pid, ...descendantsOf(pid)] : [];
}

function descendantsOf(pid: number): number[] {
  const children = readProcess(pid, `task/${pid}/children`).trim().split(' ').filter(Boolean);
  return children.map(Number).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Empty for a process that has ended. */
function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
