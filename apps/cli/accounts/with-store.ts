import { readFile } from 'node:fs/promises';
import { embeddedDatabaseUrl, type Store } from '@jangada/core';
import { isPlatformError, PlatformError } from '@jangada/platform-api';
import type { CliConfig } from '../config.ts';
import { loadSettings } from '../setup/identity.ts';

/**
 * Opens the installation's database for one piece of work. Accounts are the operator's, so they are changed here, as root, and
 * by nothing that can be reached over the network (decision 0053).
 */
export async function withStore<Result>({ home }: CliConfig, work: (store: Store) => Promise<Result>): Promise<Result> {
  const settings = await loadSettings(home);
  const masterKey = await readFile(home.masterKey);
  // Loaded here, because no other command needs a database driver.
  const { openPostgresStore } = await import('@jangada/store-postgres');
  const databaseUrl = settings.databaseUrl ?? embeddedDatabaseUrl(home);
  const store = await openPostgresStore({ databaseUrl, masterKey, report: () => undefined }).catch((error: unknown) => {
    if (!isPlatformError(error, 'store_unavailable') || settings.databaseUrl !== null) throw error;
    const message = 'The database does not answer. Start Jangada with "bin/jangada up", then try again.';
    throw new PlatformError('store_unavailable', message, { cause: error });
  });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
