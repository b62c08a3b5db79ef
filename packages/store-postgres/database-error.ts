import { UNIQUE_COLUMNS } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { DatabaseError } from 'pg';
import { snakeCase, type TableName } from './columns.ts';

const UNIQUE: { readonly [Name in TableName]?: readonly (readonly string[])[] } = UNIQUE_COLUMNS;

/** SQLSTATE classes and codes (PostgreSQL manual, appendix A) that mean: not now, and not because of what was asked. */
const AWAY = /^(08|57P|53300|58)/;
const RETRYABLE = new Set(['40001', '40P01']);

/** A transaction that failed so may succeed when it runs again: serialisation failure or deadlock. */
export function isRetryable(error: unknown): boolean {
  return error instanceof DatabaseError && RETRYABLE.has(error.code ?? '');
}

/** What the database said, in the platform's words; what has no such words is returned as it is. */
export function translate(error: unknown, table?: TableName): unknown {
  if (error instanceof PlatformError) return error;
  if (!(error instanceof DatabaseError)) return isConnectionTrouble(error) ? storeUnavailable(error) : error;
  const code = error.code ?? '';
  if (AWAY.test(code)) return storeUnavailable(error);
  if (code === '53100') {
    return new PlatformError('disk_full', 'The disk of the database is full. Free some space, then try again.', {
      cause: error,
    });
  }
  if (table !== undefined && code === '23505') return taken(table, error);
  if (table !== undefined && code === '23503') return dangling(table, error);
  if (code === '22021' || code === '22P05') {
    return new PlatformError('invalid_params', 'Text must not contain the NUL character (U+0000).', { cause: error });
  }
  return error;
}

export function storeUnavailable(cause: unknown): PlatformError {
  return new PlatformError(
    'store_unavailable',
    'The database does not answer. Nothing was lost; see "jangada status", then try again.',
    { cause },
  );
}

/** The driver reports a lost, refused or closed connection as a plain Error or one of the operating system. */
function isConnectionTrouble(error: unknown): boolean {
  return (
    error instanceof Error && (error.constructor === Error || 'syscall' in error || error instanceof AggregateError)
  );
}

/** Constraints carry the names PostgreSQL gives them: `releases_app_id_version_key`, `releases_pkey`. */
function taken(table: TableName, error: DatabaseError): PlatformError {
  const nameOf = (columns: readonly string[]): string => [table, ...columns, 'key'].map(snakeCase).join('_');
  const columns = UNIQUE[table]?.find((set) => nameOf(set) === error.constraint) ?? ['id'];
  const column = columns.at(-1)!;
  return new PlatformError('conflict', `There is already a row of ${table} with this ${column}.`, {
    params: { column },
    cause: error,
  });
}

/** What a reference points to; everything else that is one points to an account. */
const RESOURCES: Readonly<Record<string, string>> = {
  app_id: 'app',
  pipeline_id: 'pipeline',
  promotion_id: 'pipelinePromotion',
};

/** `releases_app_id_fkey`, on either side of the reference. */
function dangling(table: TableName, error: DatabaseError): PlatformError {
  const child = error.table ?? '';
  const column = (error.constraint ?? '').slice(child.length + 1, -'_fkey'.length);
  const member = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (child !== snakeCase(table)) {
    return new PlatformError('conflict', `This row of ${table} is still used by ${child}.`, {
      params: { column: member },
      cause: error,
    });
  }
  return new PlatformError('not_found', `The ${member} of this row of ${table} does not exist (any more).`, {
    resource: RESOURCES[column] ?? 'account',
    params: { column: member },
    cause: error,
  });
}
