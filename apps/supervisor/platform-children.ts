import { join } from 'node:path';
import { type Home, type Settings, socketsOf } from '@jangada/core';
import type { ChildSpec, Probe } from './child/child-spec.ts';
import { type PostgresPlaces, postgresArgv } from './postgres/postgres-plan.ts';
import type { SystemUser } from './postgres/prepare-postgres.ts';

export interface PlatformPlan {
  readonly home: Home;
  readonly settings: Settings;
  /** Folder of the checkout with `apps/`. */
  readonly root: string;
  /** Absolute path of Node. */
  readonly node: string;
  readonly databaseUrl: string;
  readonly inherited: Readonly<Record<string, string>>;
  /** See SupervisorConfig.sources: part of the environment, so that children of other sources are not adopted. */
  readonly sources: string;
  readonly npmRegistry: string | null;
}

/** A young generation of at most 2 MB a semi-space: an idle process keeps 10 MB less (docs/decisions/0011). */
const NODE_FLAGS = ['--max-semi-space-size=2'];

const READY = '"event":"ready"';

/** The embedded database. Everything else waits for it. */
export function postgresChild(places: PostgresPlaces, user: SystemUser): ChildSpec {
  return {
    name: 'postgres',
    argv: postgresArgv(places),
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    user,
    readyText: 'database system is ready to accept connections',
    // Recovery after a crash takes long on a slow disk, and begins again when it is killed. A server that has failed exits.
    readyWithin: 30 * 60_000,
    probe: { kind: 'socket', path: places.socket },
    // Fast shutdown: sessions are ended, a checkpoint is written.
    stop: { signal: 'SIGINT', handOver: 'SIGINT', within: 20_000 },
  };
}

/** What runs in Node, in the order of start: the control plane last, because it needs the others. */
export function nodeChildren(plan: PlatformPlan): readonly ChildSpec[] {
  const sockets = socketsOf(plan.home);
  const { port } = plan.settings;
  return [
    nodeChild(plan, 'node-agent', { kind: 'socket', path: sockets.agent }),
    nodeChild(plan, 'router', { kind: 'socket', path: sockets.router }),
    nodeChild(plan, 'control-plane', { kind: 'port', host: '127.0.0.1', port }),
  ];
}

function nodeChild(plan: PlatformPlan, name: string, probe: Probe): ChildSpec {
  return {
    name,
    argv: [plan.node, ...NODE_FLAGS, join(plan.root, 'apps', name, 'main.ts')],
    env: environmentOf(plan),
    user: null,
    readyText: READY,
    readyWithin: 60_000,
    probe,
    // HAProxy ends with the router when nobody follows it.
    stop: { signal: 'SIGTERM', handOver: 'SIGHUP', within: 15_000 },
  };
}

function environmentOf(plan: PlatformPlan): Readonly<Record<string, string>> {
  const { home, settings, npmRegistry } = plan;
  return {
    ...plan.inherited,
    JANGADA_HOME: home.root,
    JANGADA_INSTALL_ID: settings.installId,
    JANGADA_PORT: String(settings.port),
    JANGADA_HTTP_PORT: String(settings.httpPort),
    JANGADA_HTTPS_PORT: String(settings.httpsPort),
    JANGADA_DOMAIN: settings.domain,
    JANGADA_BIND: settings.bind,
    ...(settings.acmeDirectory ? { JANGADA_ACME_DIRECTORY: settings.acmeDirectory } : {}),
    ...(settings.acmeEmail ? { JANGADA_ACME_EMAIL: settings.acmeEmail } : {}),
    ...(settings.execHost ? { JANGADA_EXEC_HOST: settings.execHost } : {}),
    ...(settings.dynoUids ? { JANGADA_DYNO_UIDS: settings.dynoUids } : {}),
    DATABASE_URL: plan.databaseUrl,
    JANGADA_SOURCES: plan.sources,
    ...(npmRegistry === null ? {} : { JANGADA_NPM_REGISTRY: npmRegistry }),
  };
}
