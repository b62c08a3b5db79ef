import { join } from 'node:path';
import { databaseSocketFolder, type Home } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** Where the embedded database's files are. */
export interface PostgresPlaces {
  /** Major version: data of another one cannot be read. */
  readonly major: string;
  /** Folder of one major version below `home.postgres`, so that a later version can stand beside it. */
  readonly data: string;
  /** Folder of the unix socket; only the database's user and root may enter. */
  readonly socketFolder: string;
  readonly socket: string;
  /** Binaries, copied out of node_modules: that folder may be replaced, or closed to the database's user. */
  readonly runtime: string;
}

/** Bytes of a unix socket's path that Linux accepts. */
const LONGEST_SOCKET_PATH = 107;

/** Throws `invalid_params` when `JANGADA_HOME` is too long for a socket below it. */
export function postgresPlaces(home: Home, version: string): PostgresPlaces {
  const socketFolder = databaseSocketFolder(home);
  const socket = join(socketFolder, '.s.PGSQL.5432');
  if (Buffer.byteLength(socket) > LONGEST_SOCKET_PATH) {
    throw new PlatformError(
      'invalid_params',
      `JANGADA_HOME (${home.root}) is too long: unix sockets below it would have more than ${LONGEST_SOCKET_PATH} characters. Choose a shorter one.`,
    );
  }
  const major = version.split('.')[0] ?? version;
  return {
    major,
    data: join(home.postgres, major),
    socketFolder,
    socket,
    runtime: join(home.root, 'runtime', `postgresql-${version}`),
  };
}

/**
 * Small: one control plane, a few dozen connections. The server has no TCP port. Durability stays at its defaults (fsync
 * and synchronous commit on). `io_method=sync` and the zeroes save processes that would only idle.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '40',
  shared_buffers: '32MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  jit: 'off',
  io_method: 'sync',
  max_worker_processes: '0',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  max_logical_replication_workers: '0',
  autovacuum_max_workers: '1',
  autovacuum_worker_slots: '1',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_replication_slots: '0',
  min_wal_size: '64MB',
  max_wal_size: '256MB',
  log_timezone: 'UTC',
  timezone: 'UTC',
  log_checkpoints: 'off',
};

/** argv of the server. */
export function postgresArgv(places: PostgresPlaces): readonly [string, ...string[]] {
  const settings = { ...SETTINGS, unix_socket_directories: places.socketFolder };
  return [
    join(places.runtime, 'bin', 'postgres'),
    '-D',
    places.data,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/** argv that fills an empty folder with a new database. */
export function initdbArgv(places: PostgresPlaces, folder: string): readonly [string, ...string[]] {
  return [
    join(places.runtime, 'bin', 'initdb'),
    `--pgdata=${folder}`,
    '--username=jangada',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--auth=reject',
    '--no-instructions',
    '-c',
    'dynamic_shared_memory_type=mmap',
  ];
}

/** argv of the single-user server that reads SQL from standard input. */
export function singleUserArgv(places: PostgresPlaces, folder: string): readonly [string, ...string[]] {
  return [join(places.runtime, 'bin', 'postgres'), '--single', '-D', folder, 'postgres'];
}

/** Only the machine's root and the database's own user may connect, each proven by the kernel. */
export const HBA = 'local all jangada peer map=platform\n';

export function identMap(systemUser: string): string {
  return ['root', systemUser].map((user) => `platform ${user} jangada\n`).join('');
}
