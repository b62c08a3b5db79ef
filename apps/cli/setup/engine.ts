import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@jangada/platform-api';
import type { CliConfig } from '../config.ts';
import { engineVersion } from '../docker/docker-engine.ts';
import { completePath, findProgram } from '../process/find-program.ts';
import { runProgram } from '../process/run-program.ts';
import type { Say } from './steps.ts';

const START_MS = 60_000;

/** Makes sure that a Docker Engine answers: the one that runs, systemd's, or one that we start. Resolves with its version. */
export async function ensureEngine(config: CliConfig, say: Say, signal: AbortSignal): Promise<string> {
  const running = await engineVersion(config.dockerSocket);
  if (running) return `Docker ${running}`;
  if (await hasSystemd()) {
    say('systemctl start docker');
    const ended = await runProgram(['systemctl', 'start', 'docker'], { env: config.env, signal });
    if (ended.code !== 0) {
      throw new PlatformError(
        'engine_unavailable',
        'systemd could not start Docker. See "journalctl -u docker", then run "npm start" again.',
      );
    }
    return `Docker ${await awaitEngine(config, () => null, 'journalctl -u docker', signal)}, started by systemd`;
  }
  return startDaemon(config, say, signal);
}

/** Whether systemd runs this machine. */
export async function hasSystemd(): Promise<boolean> {
  return existsSync('/run/systemd/system');
}

async function startDaemon(config: CliConfig, say: Say, signal: AbortSignal): Promise<string> {
  const program = await findProgram('dockerd', config.env['PATH']);
  if (!program) {
    throw new PlatformError(
      'engine_unavailable',
      'No Docker Engine answers and dockerd is not installed. Install docker.io, then run "npm start" again.',
    );
  }
  say('starting dockerd');
  await mkdir(config.home.processLogs, { recursive: true });
  const log = join(config.home.processLogs, 'dockerd.log');
  const file = await open(log, 'a');
  const options = daemonOptions(await readFile('/etc/docker/daemon.json', 'utf8').catch(() => '{}'));
  const child = spawn(program, ['--host', `unix://${config.dockerSocket}`, ...options], {
    detached: true,
    cwd: '/',
    env: { ...config.env, PATH: completePath(config.env['PATH']) },
    stdio: ['ignore', file.fd, file.fd],
  });
  await file.close();
  let ended: string | null = null;
  child.once('exit', (code) => {
    ended = `it ended with status ${code}`;
  });
  child.once('error', (error) => {
    ended = error.message;
  });
  const version = await awaitEngine(config, () => ended, log, signal);
  child.unref();
  return `Docker ${version}, started here (no systemd)`;
}

/**
 * Options of the daemon that we start: without the userland proxy, because nothing of ours uses published ports (engine 3.4),
 * and with dynos that go on while the daemon is away. What the operator's `daemon.json` names is left to it: naming it twice
 * keeps the daemon from starting.
 */
export function daemonOptions(daemonJson: string): readonly string[] {
  const named = namesIn(daemonJson);
  return [
    ...(named.includes('userland-proxy') ? [] : ['--userland-proxy=false']),
    ...(named.includes('live-restore') ? [] : ['--live-restore']),
  ];
}

/** None where it cannot be read: the daemon itself will say what is wrong with it. */
function namesIn(json: string): readonly string[] {
  try {
    return Object.keys(JSON.parse(json) as object);
  } catch {
    return [];
  }
}

async function awaitEngine(
  config: CliConfig,
  failure: () => string | null,
  log: string,
  signal: AbortSignal,
): Promise<string> {
  const until = Date.now() + START_MS;
  while (Date.now() < until && failure() === null) {
    const version = await engineVersion(config.dockerSocket);
    if (version) return version;
    await delay(100, undefined, { signal });
  }
  const words = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').at(-1) ?? '';
  const why = failure() ?? `it does not answer after ${START_MS / 1000} seconds`;
  throw new PlatformError(
    'engine_unavailable',
    `The Docker Engine could not be started: ${why}. ${words.slice(0, 300)} See ${log}.`,
  );
}
