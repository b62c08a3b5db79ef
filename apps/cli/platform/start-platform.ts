import { spawn } from 'node:child_process';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CliConfig } from '../config.ts';
import { completePath } from '../process/find-program.ts';
import { compileCache } from '../setup/compile-cache.ts';
import type { Say } from '../setup/steps.ts';
import { apiUrl } from './addresses.ts';
import { hasUnit, stopProcesses, systemdHere, writeUnit } from './installed-unit.ts';
import { stampOf } from './stamp.ts';
import { type SupervisorStatus, supervisorStatus } from './supervisor-client.ts';
import { unitName } from './systemd-unit.ts';

const HEALTHY_WITHIN_MS = 120_000;

/** Ends of one process after which waiting for it makes no sense. */
const HOPELESS_RESTARTS = 3;

/** Starts the supervisor unless the right one runs, and waits until the platform is well. Tells what it did. */
export async function startPlatform(
  config: CliConfig,
  settings: Settings,
  say: Say,
  signal: AbortSignal,
): Promise<string> {
  const sources = await stampOf(config.root, settings);
  const running = await supervisorStatus(config.home);
  if (running && running.sources === sources) {
    await awaitHealth(config, settings, say, signal, async () => null);
    return 'was running';
  }
  if (running) {
    say('stopping the platform that runs with other sources or settings');
    await stopProcesses(config.home, settings, systemdHere(config.env, signal), { handOver: true });
  }
  await writeFile(join(config.home.run, 'sources'), sources);
  const ended = await launch(config, settings, signal);
  await awaitHealth(config, settings, say, signal, ended);
  return running ? 'started anew' : 'started';
}

/** Starts the supervisor. The returned function tells how it has ended; null while it runs. */
async function launch(
  config: CliConfig,
  settings: Settings,
  signal: AbortSignal,
): Promise<() => Promise<string | null>> {
  const systemd = systemdHere(config.env, signal);
  if (await hasUnit(settings, systemd)) {
    await writeUnit(config, settings, systemd);
    const failures = await failuresIn(join(config.home.processLogs, 'supervisor.log'));
    const outcome = await systemd.systemctl('restart', unitName(settings));
    if (outcome.code !== 0) {
      throw new PlatformError(
        'internal_server_error',
        `systemd could not start ${unitName(settings)}. See "journalctl -u ${unitName(settings)}".`,
      );
    }
    // systemd starts one that ends anew, and tells nobody.
    return async () => ((await failures()) > 0 ? 'it ends, and systemd starts it again' : null);
  }
  const log = await open(join(config.home.processLogs, 'supervisor.log'), 'a', 0o640);
  let ended: string | null = null;
  const child = spawn(process.execPath, supervisorArguments(config.root), {
    detached: true,
    cwd: '/',
    env: { ...config.env, ...platformEnvironment(config) },
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  child.once('exit', (code, name) => {
    ended = name === null ? `exit status ${code}` : `signal ${name}`;
  });
  child.once('error', (error) => {
    ended = error.message;
  });
  child.unref();
  return async () => ended;
}

/** Tells how many failed starts a supervisor has noted in its log from now on. */
async function failuresIn(log: string): Promise<() => Promise<number>> {
  const count = async (): Promise<number> =>
    (await readFile(log, 'utf8').catch(() => '')).split('"event":"failed"').length - 1;
  const before = await count();
  return async () => (await count()) - before;
}

/** What the supervisor needs beside how to reach the outside. */
export function platformEnvironment(config: CliConfig): Readonly<Record<string, string>> {
  return {
    PATH: completePath(config.env['PATH']),
    JANGADA_HOME: config.home.root,
    DOCKER_SOCKET: config.dockerSocket,
    NODE_COMPILE_CACHE: compileCache(config.root),
  };
}

/** What Node gets to run the supervisor. */
export function supervisorArguments(root: string): string[] {
  return ['--max-semi-space-size=1', join(root, 'apps', 'supervisor', 'main.ts')];
}

async function awaitHealth(
  config: CliConfig,
  settings: Settings,
  say: Say,
  signal: AbortSignal,
  ended: () => Promise<string | null>,
): Promise<void> {
  const until = Date.now() + HEALTHY_WITHIN_MS;
  for (;;) {
    const status = await supervisorStatus(config.home).catch(() => null);
    const waiting = (status?.children ?? []).filter((child) => child.state !== 'ready');
    if (status && status.children.length > 0 && waiting.length === 0 && (await isHealthy(settings))) return;
    say(waiting.map((child) => `${child.name} ${child.state}`).join(', ') || 'waiting for the supervisor');
    const end = await ended();
    const failure = end === null ? hopeless(status) : { name: 'supervisor', end };
    if (failure || Date.now() > until) throw await explain(config, failure);
    await delay(50, undefined, { signal });
  }
}

function hopeless(status: SupervisorStatus | null): { name: string; end: string | null } | null {
  const child = status?.children.find(({ restarts, state }) => restarts >= HOPELESS_RESTARTS && state !== 'ready');
  return child ? { name: child.name, end: child.lastEnd } : null;
}

async function explain(
  config: CliConfig,
  failure: { name: string; end: string | null } | null,
): Promise<PlatformError> {
  const name = failure?.name ?? 'control-plane';
  const log = join(config.home.processLogs, `${name}.log`);
  const what = failure
    ? `does not stay up (${failure.end})`
    : `is not healthy after ${HEALTHY_WITHIN_MS / 1000} seconds`;
  const words = lastWords(await readFile(log, 'utf8').catch(() => ''));
  return new PlatformError('internal_server_error', `The ${name} ${what}${words && `: ${words}`}. See ${log}.`);
}

/** The line of a log that says most: the last message, else the last line with text. */
export function lastWords(log: string): string {
  const lines = log.trim().split('\n').slice(-60);
  const messages = lines.flatMap((line) => {
    const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
    if (message !== undefined) return [JSON.parse(`"${message}"`) as string];
    return /^(\w*Error|\w*Error \[\w+\]): /.test(line) || / (FATAL|PANIC): /.test(line) ? [line] : [];
  });
  return (messages.at(-1) ?? lines.at(-1) ?? '').trim().replace(/\.$/, '').slice(0, 500);
}

/** Whether the control plane answers its health check. */
export async function isHealthy(settings: Settings): Promise<boolean> {
  try {
    const response = await fetch(`${apiUrl(settings)}/health`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
