import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installation } from './installation.ts';
import { run, runOk } from './run.ts';

/**
 * Kills the processes of an installation, its containers and what holds these for the engine, in one moment, and takes its
 * mounts away: what is left is what is on the disk. The machine's engine goes on, because others use it.
 */
export async function cutPower(platform: Installation, processes: readonly number[]): Promise<void> {
  const inits = await docker('ps', '--quiet', '--filter', await labelOf(platform)).then((ids) =>
    ids.length === 0 ? [] : docker('inspect', '--format', '{{.State.Pid}}', ...ids),
  );
  const inside = inits.map(Number).flatMap((pid) => [parentOf(pid), pid, ...descendantsOf(pid)]);
  for (const pid of [...processes, ...inside]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It went with another one.
    }
  }
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

function parentOf(pid: number): number {
  // The name of the program, in parentheses, may have blanks.
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
}

function descendantsOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.map(Number).flatMap((child) => [child, ...descendantsOf(child)]);
}
