import type { Store, Tables } from '@jangada/core';
import { afterEach, beforeEach } from 'vitest';
import { SAMPLE_ROWS } from './sample-rows.ts';

export interface StoreUnderTest {
  /** Empty. */
  readonly store: Store;
  /** The same state as another control plane sees it. */
  readonly other: Store;
  /** Closes both and removes what they left. */
  dispose(): Promise<void>;
}

/** Gives every test of the surrounding `describe` an empty store. */
export function storeForEachTest(makeStore: () => Promise<StoreUnderTest>): {
  readonly store: Store;
  readonly other: Store;
} {
  let made: StoreUnderTest | null = null;
  beforeEach(async () => {
    made = await makeStore();
  });
  afterEach(async () => {
    await made?.dispose();
  });
  return {
    get store() {
      return made!.store;
    },
    get other() {
      return made!.other;
    },
  };
}

/** Stores the sample account and its app; most rows need them. */
export async function insertApp(store: Store): Promise<Tables['apps']> {
  await store.rows.accounts.insert(SAMPLE_ROWS.accounts);
  return store.rows.apps.insert(SAMPLE_ROWS.apps);
}

export async function insertSamples(store: Store): Promise<void> {
  for (const [name, row] of Object.entries(SAMPLE_ROWS)) {
    await store.rows[name as 'apps'].insert(row as Tables['apps']);
  }
}

/** A further app of the sample account. */
export function appNamed(name: string): Tables['apps'] {
  return { ...SAMPLE_ROWS.apps, id: `app-${name}`, name };
}

/** A further release of the sample app. */
export function releaseOf(version: number): Tables['releases'] {
  return { ...SAMPLE_ROWS.releases, id: `release-${String(version).padStart(4, '0')}`, version };
}
