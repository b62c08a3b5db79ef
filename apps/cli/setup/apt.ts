import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { findProgram } from '../process/find-program.ts';
import { runProgram } from '../process/run-program.ts';
import { explainAptFailure, type Requirement } from './packages.ts';
import type { Say } from './steps.ts';

const LISTS = '/var/lib/apt/lists';
const LISTS_MAX_AGE_MS = 24 * 3600 * 1000;

/** Debian's own hook: while it exists and says 101, packages start no services. */
const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_TEXT = '#!/bin/sh\n# Made by Jangada for the time of an installation.\nexit 101\n';

/** Sets up all packages that were unpacked only. */
const CONFIGURE: [string, ...string[]] = ['dpkg', '--configure', '-a'];

/** Those requirements that this machine does not meet. */
export async function findMissing(requirements: readonly Requirement[]): Promise<readonly Requirement[]> {
  const met = await Promise.all(
    requirements.map(({ provides }) => (provides.startsWith('/') ? existsSync(provides) : findProgram(provides))),
  );
  return requirements.filter((_, index) => !met[index]);
}

export interface AptOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets the output of apt and dpkg. */
  readonly log: string;
  readonly say: Say;
  readonly signal: AbortSignal;
}

/**
 * Finishes an installation of ours that was cut off, by a power cut say: sets up what was unpacked, then lets packages start
 * their services again. A program may be there although its package was never set up. Without such a trace it does nothing.
 */
export async function finishInterrupted(options: AptOptions, policy = POLICY, run = runProgram): Promise<void> {
  if ((await readFile(policy, 'utf8').catch(() => null)) !== POLICY_TEXT) return;
  options.say('finishing an interrupted installation');
  const ended = await run(CONFIGURE, { env: aptEnvironment(options.env), log: options.log, signal: options.signal });
  // It is going on, for another installation.
  if (ended.output.includes('locked by another process')) return;
  await rm(policy, { force: true });
}

/** Installs packages without their recommendations and without starting their services. Throws with what to do. */
export async function installPackages(packages: readonly string[], options: AptOptions): Promise<void> {
  const env = aptEnvironment(options.env);
  const run = (...argv: [string, ...string[]]) =>
    runProgram(argv, {
      env,
      log: options.log,
      signal: options.signal,
      onLine: (line) => /^(Get:|Unpacking|Setting up|Preparing)/.test(line) && options.say(line.slice(0, 60)),
    });
  const apt = (...args: string[]) => run('apt-get', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=120', ...args);
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);

  const guarded = await guardServices();
  try {
    if (!(await listsAreFresh())) {
      options.say('reading the package lists');
      await apt('update');
    }
    let ended = await install();
    if (ended.code !== 0 && ended.output.includes('dpkg --configure -a')) {
      options.say('finishing an interrupted installation');
      await run(...CONFIGURE);
      ended = await install();
    }
    if (ended.code !== 0) {
      options.say('reading the package lists again');
      const updated = await apt('update');
      ended = await install();
      if (ended.code !== 0) throw explainAptFailure(packages, `${updated.output}\n${ended.output}`, options.log);
    }
  } catch (error) {
    // Told to stop: what apt has unpacked is set up all the same, because nothing would look at it later.
    if (options.signal.aborted) await runProgram(CONFIGURE, { env, log: options.log });
    throw error;
  } finally {
    if (guarded) await rm(POLICY, { force: true });
  }
}

function aptEnvironment(env: AptOptions['env']): AptOptions['env'] {
  return { ...env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
}

/** True when the guard is ours to remove: also one that a killed run left behind. */
async function guardServices(): Promise<boolean> {
  const present = await readFile(POLICY, 'utf8').catch(() => null);
  if (present !== null) return present === POLICY_TEXT;
  await writeFile(POLICY, POLICY_TEXT);
  await chmod(POLICY, 0o755);
  return true;
}

async function listsAreFresh(): Promise<boolean> {
  const names = await readdir(LISTS).catch(() => []);
  if (!names.some((name) => name.includes('_Packages'))) return false;
  return Date.now() - (await stat(`${LISTS}/partial`).catch(() => stat(LISTS))).mtimeMs < LISTS_MAX_AGE_MS;
}
