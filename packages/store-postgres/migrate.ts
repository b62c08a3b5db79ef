import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { PlatformError } from '@jangada/platform-api';
import type { Client } from 'pg';
import { advisoryKey } from './advisory-key.ts';

export interface Migration {
  /** The four digits that the file name begins with. */
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hex. */
  readonly checksum: string;
}

/** Reads `NNNN_name.sql` files in the order of their numbers, which must differ; gaps are allowed. */
export async function readMigrations(folder: URL): Promise<readonly Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  const numberOf = (file: string | undefined): number => Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(file ?? '')?.[1]);
  return Promise.all(
    files.map(async (file, index) => {
      const number = numberOf(file);
      if (!(number > 0)) throw new Error(`${file} is not named like a migration: 0001_what_it_does.sql.`);
      if (number === numberOf(files[index - 1])) throw new Error(`Two migrations have the number of ${file}.`);
      const sql = await readFile(new URL(file, folder), 'utf8');
      return { number, name: file.slice(0, -4), sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * Brings the database up to date, each migration in a transaction of its own, while no other process does the same. Returns
 * the names of those that ran. Refuses a database that was made by other or newer migrations.
 */
export async function migrate(client: Client, migrations: readonly Migration[]): Promise<readonly string[]> {
  await client.query('select pg_advisory_lock($1)', [advisoryKey('migrations')]);
  try {
    await client.query(
      `create table if not exists schema_migrations (
         number integer primary key,
         name text not null,
         checksum text not null,
         applied_at timestamptz not null default now()
       )`,
    );
    const applied = await client.query<Migration>(
      'select number, name, checksum from schema_migrations order by number',
    );
    const pending = pendingMigrations(applied.rows, migrations);
    for (const migration of pending) await apply(client, migration);
    return pending.map((migration) => migration.name);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [advisoryKey('migrations')]);
  }
}

/** Those that have not run. Throws `store_unavailable` when what has run is not what this version knows. */
export function pendingMigrations(
  applied: readonly Omit<Migration, 'sql'>[],
  known: readonly Migration[],
): readonly Migration[] {
  for (const { number, name, checksum } of applied) {
    const migration = known.find((candidate) => candidate.number === number);
    if (migration === undefined) {
      throw new PlatformError(
        'store_unavailable',
        `The database was made by a newer version of Jangada (it has migration ${name}). Start that version or a newer one.`,
      );
    }
    if (migration.checksum !== checksum) {
      throw new PlatformError(
        'store_unavailable',
        `Migration ${migration.name} is not the one that made this database (it ran as ${name}). Restore its original file; a change of the tables needs a new migration.`,
      );
    }
  }
  const done = new Set(applied.map((migration) => migration.number));
  return known.filter((migration) => !done.has(migration.number));
}

async function apply(client: Client, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(migration.sql);
    await client.query('insert into schema_migrations (number, name, checksum) values ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
