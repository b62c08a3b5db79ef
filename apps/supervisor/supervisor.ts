import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { embeddedDatabaseUrl, socketsOf } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { serveWire } from '@jangada/wire';
import type { ChildSpec, ChildStatus } from './child/child-spec.ts';
import { boundLog, logPath } from './child/log-file.ts';
import { type Note, SupervisedChild } from './child/supervised-child.ts';
import type { SupervisorConfig } from './config.ts';
import { npmRegistry } from './npm-registry.ts';
import { nodeChildren, postgresChild } from './platform-children.ts';
import { postgresPlaces } from './postgres/postgres-plan.ts';
import { findSystemUser, preparePostgres } from './postgres/prepare-postgres.ts';

/** What `status` on the supervisor's socket answers. */
export interface SupervisorStatus {
  readonly pid: number;
  /** ISO time. */
  readonly startedAt: string;
  /** The sources this platform was started from (`<run>/sources`). */
  readonly sources: string;
  readonly children: readonly ChildStatus[];
}

export interface Supervisor {
  /** Resolves when every child was ready once. Rejects when the first start cannot be planned. */
  readonly ready: Promise<void>;
  readonly stopped: Promise<void>;
  stop(): Promise<void>;
}

const LOG_CHECK_MS = 5_000;

/** Database user on the machine. Made by `npm start`. */
const SYSTEM_USER = 'jangada';

/** Takes the installation's supervisor socket (`conflict` when another supervisor has it), then starts the platform. */
export async function startSupervisor(
  config: SupervisorConfig,
  packagedPostgres: () => { readonly folder: string; readonly version: string },
  note: Note,
): Promise<Supervisor> {
  const { home } = config;
  await mkdir(home.run, { recursive: true });
  await mkdir(home.processLogs, { recursive: true });
  const startedAt = new Date().toISOString();
  const children: SupervisedChild[] = [];
  const done = Promise.withResolvers<void>();
  let stopping: Promise<void> | null = null;
  let handOver = false;

  const add = (spec: ChildSpec): SupervisedChild => {
    const child = new SupervisedChild(spec, { logs: home.processLogs, pids: home.run }, note);
    children.push(child);
    return child;
  };

  const stop = (): Promise<void> => {
    stopping ??= stopAll();
    return stopping;
  };

  async function stopAll(): Promise<void> {
    note('stopping', {});
    clearInterval(bounding);
    for (const child of children.toReversed()) await child.stop({ handOver });
    // After the answer to whoever asked has left.
    setImmediate(() => void server.close().then(done.resolve, done.resolve));
  }

  const server = await serveWire(socketsOf(home).supervisor, {
    calls: {
      status: async (): Promise<SupervisorStatus> => ({
        pid: process.pid,
        startedAt,
        sources: config.sources,
        children: children.map((child) => child.status()),
      }),
      // Comes before `stop`, or systemd's SIGTERM, when another supervisor follows at once: HAProxy goes on until it is there.
      handOver: async (wanted: boolean) => {
        handOver = wanted;
      },
      stop,
      restart: async (name: string) => {
        const child = children.find((candidate) => candidate.spec.name === name);
        if (!child) {
          const names = children.map((candidate) => candidate.spec.name).join(', ');
          throw new PlatformError('not_found', `There is no process "${name}". Choose one of: ${names}.`);
        }
        child.restart();
      },
    },
  });

  const bounding = setInterval(() => {
    const logs = ['supervisor', 'dockerd', ...children.map((child) => child.spec.name)];
    for (const name of logs) boundLog(logPath(home.processLogs, name)).catch(() => {});
  }, LOG_CHECK_MS);
  bounding.unref();

  const ready = startAll(config, packagedPostgres, add, () => stopping !== null);
  ready.catch(() => void stop());
  return { ready, stopped: done.promise, stop };
}

/** The order of start: the database and what is independent of it, then the control plane. */
async function startAll(
  config: SupervisorConfig,
  packagedPostgres: () => { readonly folder: string; readonly version: string },
  add: (spec: ChildSpec) => SupervisedChild,
  isStopping: () => boolean,
): Promise<void> {
  const { home, settings } = config;
  const registry = npmRegistry(home, config.inherited);
  let url = settings.databaseUrl;
  const first: Promise<void>[] = [];
  if (url === null) {
    const packaged = packagedPostgres();
    const places = postgresPlaces(home, packaged.version);
    const user = await findSystemUser(SYSTEM_USER);
    await preparePostgres(home, places, packaged.folder, user);
    url = embeddedDatabaseUrl(home);
    first.push(add(postgresChild(places, user)).start());
  }
  const [agent, router, controlPlane] = nodeChildren({
    home,
    settings,
    root: config.root,
    node: process.execPath,
    databaseUrl: url,
    inherited: config.inherited,
    sources: config.sources,
    npmRegistry: await registry,
  }).filter(() => !isStopping()) as [ChildSpec, ChildSpec, ChildSpec];
  if (isStopping()) return;
  const beside = Promise.all([add(agent).start(), add(router).start()]);
  await Promise.all(first);
  // A broken router must not keep the API away for ever: people need it to see what is wrong.
  await Promise.race([beside, delay(15_000, undefined, { ref: false })]);
  if (!isStopping()) await add(controlPlane).start();
  await beside;
}
