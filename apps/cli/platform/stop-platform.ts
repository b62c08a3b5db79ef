import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Home, normalRoot, type Settings } from '@jangada/core';
import type { CliConfig } from '../config.ts';
import { callDocker } from '../docker/docker-engine.ts';
import { runProgram } from '../process/run-program.ts';
import type { Say } from '../setup/steps.ts';
import { removeControlGroups } from './control-groups.ts';
import { stopProcesses, systemdHere } from './installed-unit.ts';

/** Label that every container, network and volume of an installation carries in the engine. */
const INSTALL_LABEL = 'jangada.install';

/** Label of containers in which stack layers grow (@jangada/stack). */
const LAYER_LABEL = 'jangada.stack-layer';

/** Seconds that dynos get between SIGTERM and SIGKILL. */
const GRACE_SECONDS = 10;

const KILL_AFTER_MS = 15_000;

/** Stops processes, dynos, networks and mounts of one installation and nothing else. Data stays. Repeating it is harmless. */
export async function stopPlatform(config: CliConfig, settings: Settings, say: Say): Promise<void> {
  say('stopping the processes');
  await stopProcesses(config.home, settings, systemdHere(config.env), { handOver: false });
  const makesLayers = await endStrayProcesses(config);
  say('stopping the dynos');
  await removeEngineObjects(config.dockerSocket, `${INSTALL_LABEL}=${settings.installId}`);
  if (makesLayers) await removeEngineObjects(config.dockerSocket, LAYER_LABEL);
  await removeFirewall(settings.installId);
  await removeControlGroups(settings.installId);
  say('removing the mounts');
  await unmountOurs(config.home);
}

/**
 * Processes that no supervisor knows: of a killed one, HAProxy, which outlives its router, and the making of stack layers,
 * which true tells.
 */
async function endStrayProcesses(config: CliConfig): Promise<boolean> {
  const until = Date.now() + KILL_AFTER_MS;
  const makers = await layerMakers(config);
  for (const pid of makers) sendSignal(pid, 'SIGKILL');
  for (let first = true; ; first = false) {
    const pids = await platformProcesses(config);
    if (pids.length === 0) return makers.length > 0;
    const signal = Date.now() > until ? 'SIGKILL' : 'SIGTERM';
    if (first || signal === 'SIGKILL') {
      for (const pid of pids) sendSignal(pid, signal);
    }
    await delay(100);
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** Our programs that work on this installation's home. Somebody's shell or editor in that folder is none of them. */
export async function platformProcesses(config: CliConfig): Promise<number[]> {
  const home = `${config.home.root}/`;
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const argv = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const program = basename(argv[0] ?? '');
    // The database has a clean environment and names its folder; the others carry the installation in theirs.
    const ours =
      program === 'postgres'
        ? argv.some((word) => word.startsWith(home))
        : (program === 'haproxy' || isPlatformNode(argv)) && (await homeOf(name)) === config.home.root;
    if (ours) found.push(Number(name));
  }
  return found;
}

/** Our own `jangada stack` in the background. */
async function layerMakers(config: CliConfig): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const argv = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const at = argv.findIndex((word) => word.endsWith('/apps/cli/main.ts'));
    if (at >= 0 && argv[at + 1] === 'stack' && (await homeOf(name)) === config.home.root) found.push(Number(name));
  }
  return found;
}

function isPlatformNode(argv: readonly string[]): boolean {
  return argv.some((word) => /\/apps\/(supervisor|node-agent|router|control-plane)\/main\.ts$/.test(word));
}

async function homeOf(pid: string): Promise<string | null> {
  const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const root = /(?:^|\0)JANGADA_HOME=([^\0]*)/.exec(environ)?.[1];
  return root === undefined ? null : normalRoot(root);
}

/** Containers, volumes and networks with a label. An engine that is away has none that run. */
async function removeEngineObjects(socket: string, label: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  const listed = async <Item>(path: string): Promise<readonly Item[]> => {
    const answer = await callDocker(socket, 'GET', path);
    return answer?.status === 200 ? (answer.body as readonly Item[]) : [];
  };
  const containers = await listed<{ Id: string }>(`/containers/json?all=1&filters=${filters}`);
  await Promise.all(
    containers.map(async ({ Id }) => {
      await thaw(socket, Id);
      await callDocker(socket, 'POST', `/containers/${Id}/stop?t=${GRACE_SECONDS}`, 60_000);
      await callDocker(socket, 'DELETE', `/containers/${Id}?force=1&v=1`, 60_000);
    }),
  );
  const volumes = await callDocker(socket, 'GET', `/volumes?filters=${filters}`);
  for (const { Name } of (volumes?.body as { Volumes?: { Name: string }[] } | undefined)?.Volumes ?? []) {
    await callDocker(socket, 'DELETE', `/volumes/${Name}?force=1`);
  }
  for (const { Id } of await listed<{ Id: string }>(`/networks?filters=${filters}`)) {
    await callDocker(socket, 'DELETE', `/networks/${Id}`);
  }
}

/** The engine does not know which dynos are frozen; those would not hear SIGTERM (decision 0088). */
async function thaw(socket: string, containerId: string): Promise<void> {
  const found = await callDocker(socket, 'GET', `/containers/${containerId}/json`);
  const pid = (found?.body as { State?: { Pid?: number } } | undefined)?.State?.Pid;
  if (!pid) return;
  const { thawContainerOf } = await import('@jangada/engine-docker');
  await thawContainerOf(pid);
}

/** The node agent's chains carry the installation's id in their names. */
async function removeFirewall(installId: string): Promise<void> {
  const iptables = (...args: string[]) => runProgram(['iptables', '-w', '5', ...args]);
  const { output } = await iptables('-S');
  const lines = output.split('\n').filter((line) => line.includes(`JANGADA-${installId}-`));
  for (const line of lines.filter((rule) => rule.startsWith('-A '))) await iptables('-D', ...line.split(' ').slice(1));
  for (const line of lines.filter((rule) => rule.startsWith('-N '))) await iptables('-X', line.slice(3));
}

async function unmountOurs(home: Home): Promise<void> {
  // The kernel knows no links: a home, or a folder of it, may be one to another disk.
  const folders = await Promise.all(
    [home.mounts, home.dynos, home.run].map((folder) => realpath(folder).catch(() => folder)),
  );
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  for (const point of mountsBelow(table, folders)) await runProgram(['umount', point]);
}

/** Mount points below `folders` in a table as in /proc/self/mountinfo, the deepest first. A disk mounted at a folder itself is its operator's. */
export function mountsBelow(table: string, folders: readonly string[]): readonly string[] {
  return table
    .split('\n')
    .map((line) => unescapeOctal(line.split(' ')[4] ?? ''))
    .filter((point) => folders.some((folder) => point.startsWith(`${folder}/`)))
    .toSorted((a, b) => b.length - a.length);
}

/** The kernel writes blanks and other special characters as \ooo. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
