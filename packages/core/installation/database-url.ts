import { join } from 'node:path';
import type { Home } from './home.ts';

/** Folder of the embedded database's unix socket; only the database's user and root may enter. */
export function databaseSocketFolder(home: Pick<Home, 'run'>): string {
  return join(home.run, 'postgres');
}

/** Connection URL of the embedded database. The `jangada` role is reached through the socket by root only. */
export function embeddedDatabaseUrl(home: Pick<Home, 'run'>): string {
  return `postgres://jangada@localhost/jangada?host=${encodeURIComponent(databaseSocketFolder(home))}`;
}
