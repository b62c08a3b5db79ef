import { isIPv6 } from 'node:net';
import type { AppRoute, RouteDyno } from '@jangada/core';
import type { RouterLimits } from '../limits.ts';

/** What a server does with requests: `ready` takes them, `drain` only finishes (sticky ones still come), `maint` takes none. */
export type ServerMode = 'ready' | 'drain' | 'maint';

/** One dyno as a server of its app's backend. */
export interface ServerPlan {
  /** `web.1.7`: the sequence at the end keeps names unique while an old and a new `web.1` overlap. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly mode: ServerMode;
  /** Requests at a time. */
  readonly maxRequests: number;
}

/** A server as HAProxy has it now. */
export interface ServerState {
  readonly name: string;
  readonly mode: ServerMode;
}

/** Commands that turn what a backend has into what is wanted, and the servers that may be deleted once they are idle. */
export interface ServerChanges {
  /** New capacity. Comes before the host map. */
  readonly opening: readonly string[];
  /** Old capacity. Comes last. */
  readonly closing: readonly string[];
  readonly gone: readonly string[];
}

/**
 * The mode of a dyno's server. Sticky requests still reach a server in `drain`, so apps with affinity use `maint`
 * (router.md 9); in maintenance every request goes to the Node side.
 */
export function modeOf(route: AppRoute, dyno: RouteDyno): ServerMode {
  if (route.maintenance) return 'maint';
  if (dyno.state === 'up') return 'ready';
  return route.sessionAffinity ? 'maint' : 'drain';
}

/** Connections kept open to a dyno for later requests. HAProxy keeps none to a server added at run time unless it is told to. */
const IDLE_CONNECTIONS = 100;

/**
 * Address and options, in full each time: servers added at run time inherit nothing (router.md 10). The last ones are the
 * quarantine of behaviour 2.1: one failed connection takes the server out, and after that time a connection is tried; as
 * long as all is well nothing is checked.
 */
export function serverOptions(server: ServerPlan, limits: RouterLimits): string {
  const address = isIPv6(server.address) ? `ipv6@[${server.address}]` : `ipv4@${server.address}`;
  const pause = `${limits.quarantineMs}ms`;
  return [
    `${address}:${server.port} maxconn ${server.maxRequests} pool-purge-delay 4s pool-max-conn ${IDLE_CONNECTIONS}`,
    `check inter 1d fastinter ${pause} downinter ${pause} rise 1 fall 1 observe layer4 error-limit 1 on-error mark-down`,
  ].join(' ');
}

export function planServers(
  backend: string,
  wanted: readonly ServerPlan[],
  have: readonly ServerState[],
  limits: RouterLimits,
): ServerChanges {
  const present = new Map(have.map((server) => [server.name, server.mode]));
  const names = new Set(wanted.map((server) => server.name));
  const gone = have.filter((server) => !names.has(server.name));
  const turn = (name: string, mode: ServerMode): string => `set server ${backend}/${name} state ${mode}`;
  const changed = wanted.filter((server) => (present.get(server.name) ?? 'maint') !== server.mode);
  const added = wanted.filter((server) => !present.has(server.name));
  return {
    opening: [
      ...added.flatMap((server) => [
        `add server ${backend}/${server.name} ${serverOptions(server, limits)}`,
        `enable health ${backend}/${server.name}`,
      ]),
      // What a server has now cannot be read as cheaply as it is set.
      ...wanted
        .filter((server) => present.has(server.name))
        .map((server) => `set maxconn server ${backend}/${server.name} ${server.maxRequests}`),
      ...changed.filter((server) => server.mode === 'ready').map((server) => turn(server.name, 'ready')),
    ],
    closing: [
      ...changed.filter((server) => server.mode !== 'ready').map((server) => turn(server.name, server.mode)),
      ...gone.filter((server) => server.mode !== 'maint').map((server) => turn(server.name, 'maint')),
    ],
    gone: gone.map((server) => server.name),
  };
}

/**
 * Bits of `srv_admin_state`: any maintenance, any drain. Not 0x04: it tells that a server was disabled in the configuration
 * file, and stays when the server is made ready; in maintenance for that reason it has 0x01 too.
 */
const MAINTENANCE_BITS = 0x01 | 0x02 | 0x20;
const DRAIN_BITS = 0x08 | 0x10;

/** Reads `show servers state`: the dynos' servers by backend, the Node side's own server left out. */
export function readServersState(text: string): ReadonlyMap<string, readonly ServerState[]> {
  const backends = new Map<string, ServerState[]>();
  for (const line of text.split('\n')) {
    const [, backend, , name, , , admin] = line.split(' ');
    if (line.startsWith('#') || backend === undefined || name === undefined || name === 'node') continue;
    const bits = Number(admin);
    const mode = bits & MAINTENANCE_BITS ? 'maint' : bits & DRAIN_BITS ? 'drain' : 'ready';
    const servers = backends.get(backend) ?? [];
    servers.push({ name, mode });
    backends.set(backend, servers);
  }
  return backends;
}
