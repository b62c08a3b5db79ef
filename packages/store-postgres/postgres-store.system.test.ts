import { randomBytes } from 'node:crypto';
import { storeConformance } from '@jangada/conformance';
import { afterAll, beforeAll } from 'vitest';
import { openPostgresStore } from './index.ts';
import { startPostgres, type TestPostgres } from './testing/index.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const masterKey = randomBytes(32);
const report = (): void => undefined;

storeConformance('the store on PostgreSQL', async () => {
  const databaseUrl = await server.createDatabase();
  const store = await openPostgresStore({ databaseUrl, masterKey, report });
  const other = await openPostgresStore({ databaseUrl, masterKey, report });
  return { store, other, dispose: async () => void (await Promise.all([store.close(), other.close()])) };
});
