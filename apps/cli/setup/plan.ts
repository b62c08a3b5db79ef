import { join } from 'node:path';
import { assertUsableHome, type Settings } from '@jangada/core';
import type { CliConfig } from '../config.ts';
import { engineVersion } from '../docker/docker-engine.ts';
import { startPlatform } from '../platform/start-platform.ts';
import { platformProcesses } from '../platform/stop-platform.ts';
import { runProgram } from '../process/run-program.ts';
import { findMissing, finishInterrupted, installPackages } from './apt.ts';
import { ensureCertificates } from './certificates.ts';
import { writeShims } from './client-shim.ts';
import { warmCompileCache } from './compile-cache.ts';
import { ensureEngine, hasSystemd } from './engine.ts';
import { deployFirstApp } from './first-app.ts';
import { ensureSystemUser, loadAccount, makeIdentity, wantedSettings } from './identity.ts';
import { describeMachine, judgeMachine, lookAtMachine, type System } from './machine.ts';
import {
  assertInstallable,
  BENCH_REQUIREMENTS,
  BUILDER_REQUIREMENTS,
  PLATFORM_REQUIREMENTS,
  type Requirement,
  TEST_REQUIREMENTS,
  UNWANTED_SERVICES,
} from './packages.ts';
import { assertPortsFree } from './ports.ts';
import { DEFAULT_STACK, stacksOf } from './stack-layers.ts';
import type { Say, Step } from './steps.ts';

/** What steps hand to those that need them. Filled while they run. */
interface Progress {
  system?: System;
  settings?: Settings;
}

/** Everything from a fresh machine to a running platform with a first app. Each step finds what is there and does the rest. */
export function planUp(config: CliConfig): readonly Step[] {
  const progress: Progress = {};
  return [
    ...machineSteps(config, progress, ['settings']),
    {
      name: 'settings',
      needs: ['machine'],
      run: async (_say, signal) => {
        assertUsableHome(config.home.root);
        const settings = await wantedSettings(config.home, config.env);
        await assertPorts(config, settings);
        await makeIdentity(config.home, settings, config.env);
        await ensureSystemUser('jangada', signal);
        await writeShims(config);
        progress.settings = settings;
        return `${config.home.root}, ports ${settings.port}, ${settings.httpPort}, ${settings.httpsPort}, domain ${settings.domain}`;
      },
    },
    {
      name: 'certificates',
      needs: ['settings', 'packages'],
      run: (_say, signal) => ensureCertificates(config.home, progress.settings!, config.env, signal),
    },
    { name: 'sources', needs: ['settings'], run: (_say, signal) => warmCompileCache(config, signal) },
    {
      name: 'platform',
      needs: ['certificates', 'engine', 'sources'],
      run: (say, signal) => startPlatform(config, progress.settings!, say, signal),
    },
    {
      name: 'first app',
      needs: ['platform', 'stack'],
      run: async (say, signal) =>
        deployFirstApp(config, progress.settings!, await loadAccount(config.home), say, signal),
    },
  ];
}

/**
 * What tests and builds need of a machine: packages, an engine and the first stack layer; with `bench` what the measurements
 * need, too. No installation is made.
 */
export function planPrepare(config: CliConfig, { bench = false } = {}): readonly Step[] {
  return [
    ...machineSteps(config, {}, [], bench ? [...TEST_REQUIREMENTS, ...BENCH_REQUIREMENTS] : TEST_REQUIREMENTS),
    {
      name: 'database user',
      needs: ['packages'],
      run: async (_say, signal) => {
        await ensureSystemUser('jangada', signal);
        return 'there';
      },
    },
  ];
}

/** The steps below everything else. `before` must be done before anything is installed; `more` is installed with the rest. */
function machineSteps(
  config: CliConfig,
  progress: Progress,
  before: readonly string[],
  more: readonly Requirement[] = [],
): readonly Step[] {
  const install = (requirements: readonly Requirement[]) => (say: Say, signal: AbortSignal) =>
    installMissing(config, requirements, progress.system!, say, signal);
  return [
    {
      name: 'machine',
      needs: [],
      run: async () => {
        const facts = await lookAtMachine(config.home);
        progress.system = judgeMachine(facts);
        return describeMachine(progress.system, facts);
      },
    },
    { name: 'builder', needs: ['machine', ...before], run: install(BUILDER_REQUIREMENTS) },
    {
      name: 'packages',
      needs: ['builder'],
      run: async (say, signal) => {
        const answers = await engineVersion(config.dockerSocket);
        const needed = PLATFORM_REQUIREMENTS.filter((each) => each.package !== 'docker.io' || answers === null);
        return install([...needed, ...more])(say, signal);
      },
    },
    {
      name: 'base system',
      needs: ['builder'],
      run: async (say, signal) => {
        const stacks = stacksOf(config);
        const ready = await stacks.ready(DEFAULT_STACK, signal).catch((): string[] => []);
        if (ready.includes('base')) return 'the engine has it';
        await stacks.prepareArchive(DEFAULT_STACK, say, signal);
        return 'ready';
      },
    },
    { name: 'engine', needs: ['packages'], run: (say, signal) => ensureEngine(config, say, signal) },
    {
      name: 'stack',
      needs: ['engine', 'base system'],
      run: (say, signal) => stacksOf(config).ensure(DEFAULT_STACK, 'base', say, signal),
    },
  ];
}

async function installMissing(
  config: CliConfig,
  requirements: readonly Requirement[],
  system: System,
  say: Say,
  signal: AbortSignal,
): Promise<string> {
  const options = { env: config.env, log: join(config.home.processLogs, 'up.log'), say, signal };
  await finishInterrupted(options);
  const missing = await findMissing(requirements);
  assertInstallable(missing, system);
  if (missing.length === 0) return 'all there';
  const packages = missing.map((requirement) => requirement.package);
  await installPackages(packages, options);
  for (const service of UNWANTED_SERVICES) {
    if (packages.includes(service) && (await hasSystemd()))
      await runProgram(['systemctl', 'disable', service], { signal });
  }
  return `installed ${packages.join(' ')}`;
}

/** Ports are only looked at while nothing of ours runs: afterwards they are ours. */
async function assertPorts(config: CliConfig, settings: Settings): Promise<void> {
  const ours = await platformProcesses(config);
  await assertPortsFree(settings, (pid) => ours.includes(pid));
}
