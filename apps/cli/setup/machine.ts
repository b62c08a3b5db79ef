import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { dirname } from 'node:path';
import type { Home } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

const GB = 1024 ** 3;

/** Free bytes below which nothing is set up: the stack, its cache and a first slug need about 2 GB. */
const LEAST_FREE = 3 * GB;

/** The same for an installation that was set up: it must start on a disk that has filled up, so that people can make room. */
const LEAST_FREE_LATER = 0.2 * GB;

/** What the set-up looks at before it changes anything. */
export interface MachineFacts {
  readonly uid: number;
  readonly platform: string;
  readonly arch: string;
  /** Content of /etc/os-release. */
  readonly osRelease: string;
  readonly freeBytes: number;
  /** A folder on the disk that was measured. */
  readonly folder: string;
  /** Whether an installation is there already. */
  readonly isSetUp: boolean;
}

/** Name of the system for people, and whether its packages are those that the set-up knows how to install. */
export interface System {
  readonly name: string;
  readonly isDebian: boolean;
}

/** Throws a sentence about the first thing that makes a set-up impossible. */
export function judgeMachine(facts: MachineFacts): System {
  if (facts.platform !== 'linux') {
    throw new PlatformError(
      'invalid_params',
      `Jangada runs on Linux, and this is ${facts.platform}. Use a Debian 12 or 13 machine.`,
    );
  }
  if (!['x64', 'arm64'].includes(facts.arch)) {
    throw new PlatformError('invalid_params', `Jangada runs on x64 and arm64 machines, and this is ${facts.arch}.`);
  }
  if (facts.uid !== 0) {
    throw new PlatformError(
      'forbidden',
      'Jangada needs root (containers, mounts, packages). Run it as root, for example with sudo.',
    );
  }
  const least = facts.isSetUp ? LEAST_FREE_LATER : LEAST_FREE;
  if (facts.freeBytes < least) {
    const free = (facts.freeBytes / GB).toFixed(1);
    const remedy = facts.isSetUp ? 'Free some space.' : 'Free some space, or set JANGADA_HOME to a larger disk.';
    throw new PlatformError(
      'disk_full',
      `Only ${free} GB are free on the disk of ${facts.folder}, and Jangada needs ${least / GB} GB. ${remedy}`,
    );
  }
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(facts.osRelease)?.[1] ?? '';
  const isDebian = field('ID') === 'debian' && Number(field('VERSION_ID')) >= 12;
  return { name: field('PRETTY_NAME') || 'an unknown Linux', isDebian };
}

/** Measures this machine and the disk on which `home` is or would be. Changes nothing. */
export async function lookAtMachine(home: Home): Promise<MachineFacts> {
  const disk = await statfs(await nearestFolder(home.root));
  return {
    uid: process.getuid?.() ?? -1,
    platform: process.platform,
    arch: process.arch,
    osRelease: await readFile('/etc/os-release', 'utf8').catch(() => ''),
    freeBytes: disk.bavail * disk.bsize,
    folder: home.root,
    isSetUp: existsSync(home.settings),
  };
}

/** `folder`, or the nearest of those above it that is there. */
async function nearestFolder(folder: string): Promise<string> {
  return dirname(folder) === folder || existsSync(folder) ? folder : nearestFolder(dirname(folder));
}

/** One line about the machine. */
export function describeMachine(system: System, facts: MachineFacts): string {
  const memory = (totalmem() / GB).toFixed(1);
  return `${system.name}, ${availableParallelism()} cores, ${memory} GB memory, ${(facts.freeBytes / GB).toFixed(0)} GB free`;
}
