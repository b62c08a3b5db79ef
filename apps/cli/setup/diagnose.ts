import { readFile } from 'node:fs/promises';
import { PlatformError } from '@jangada/platform-api';
import type { CliConfig } from '../config.ts';
import { engineVersion, keepsContainers } from '../docker/docker-engine.ts';
import { platformProcesses } from '../platform/stop-platform.ts';
import { runProgram } from '../process/run-program.ts';
import { findMissing } from './apt.ts';
import { describeDynoUsers, tryDynoUid } from './dyno-users.ts';
import { wantedSettings } from './identity.ts';
import { describeMachine, judgeMachine, lookAtMachine } from './machine.ts';
import { BUILDER_REQUIREMENTS, PLATFORM_REQUIREMENTS } from './packages.ts';
import { assertPortsFree } from './ports.ts';
import { DEFAULT_STACK, stacksOf } from './stack-layers.ts';

export interface Finding {
  readonly about: string;
  readonly wrong: boolean;
  /** What was found; when wrong, what to do. */
  readonly fact: string;
}

/** Looks at everything that `jangada up` needs and changes nothing. */
export async function diagnose(config: CliConfig): Promise<readonly Finding[]> {
  return Promise.all([
    check('machine', async () => {
      const facts = await lookAtMachine(config.home);
      return describeMachine(judgeMachine(facts), facts);
    }),
    check('programs', async () => {
      const missing = await findMissing([...BUILDER_REQUIREMENTS, ...PLATFORM_REQUIREMENTS]);
      const serious = (await engineVersion(config.dockerSocket))
        ? missing.filter((each) => each.package !== 'docker.io')
        : missing;
      if (serious.length === 0) return 'all there';
      throw wrong(`Missing: ${serious.map((each) => each.package).join(' ')}. "bin/jangada up" installs them.`);
    }),
    check('kernel', async () => {
      const known = await readFile('/proc/filesystems', 'utf8');
      const missing = ['overlay', 'squashfs'].filter((name) => !known.includes(`\t${name}\n`));
      if (missing.length > 0) {
        for (const name of missing)
          await runProgram(['modprobe', '--dry-run', name]).then(({ code }) => {
            if (code !== 0)
              throw wrong(`This kernel has no ${name} file system. Use a kernel that has it, such as Debian's.`);
          });
      }
      return 'overlay and squashfs can be mounted';
    }),
    check('engine', async () => {
      const version = await engineVersion(config.dockerSocket);
      if (version) {
        const goesOn = (await keepsContainers(config.dockerSocket))
          ? 'dynos go on while it is restarted'
          : 'dynos start anew when it is restarted ("live-restore": true in /etc/docker/daemon.json lets them go on)';
        return `Docker ${version} answers on ${config.dockerSocket}; ${goesOn}`;
      }
      throw wrong(`No Docker Engine answers on ${config.dockerSocket}. "bin/jangada up" starts one.`);
    }),
    check('dynos', async () => {
      const { dynoUids } = await wantedSettings(config.home, config.env);
      return describeDynoUsers(dynoUids, tryDynoUid);
    }),
    check('stack', async () => {
      const ready = await stacksOf(config)
        .ready(DEFAULT_STACK)
        .catch(() => []);
      if (ready.length > 0) return `${DEFAULT_STACK}: ${ready.join(', ')}`;
      throw wrong(`The stack image ${DEFAULT_STACK} is missing. "bin/jangada up" makes it.`);
    }),
    check('ports', async () => {
      const settings = await wantedSettings(config.home, config.env);
      const ours = await platformProcesses(config);
      await assertPortsFree(settings, (pid) => ours.includes(pid));
      return `${settings.port}, ${settings.httpPort}, ${settings.httpsPort} are free or ours`;
    }),
    check('npm registry', async () => {
      const asked = await runProgram(['npm', 'ping', '--fetch-retries=0', '--fetch-timeout=8000'], {
        cwd: '/',
        env: config.env,
      });
      if (asked.code === 0) return 'answers';
      throw wrong(
        'The npm registry does not answer: builds of Node.js apps need it. Check the network, or "npm config set registry".',
      );
    }),
    check('packages', async () => {
      const asked = await runProgram(['apt-get', 'indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'], {
        env: config.env,
      });
      if (asked.code === 0 && asked.output.includes('://')) return "apt knows Debian's archive";
      throw wrong(
        'apt knows no archive: new packages and stacks cannot be installed. Add one to /etc/apt/sources.list.d.',
      );
    }),
  ]);
}

function wrong(sentence: string): PlatformError {
  return new PlatformError('invalid_params', sentence);
}

async function check(about: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { about, wrong: false, fact: await look() };
  } catch (error) {
    return { about, wrong: true, fact: error instanceof Error ? error.message : String(error) };
  }
}
