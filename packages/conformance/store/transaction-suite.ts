import { setTimeout as delay } from 'node:timers/promises';
import { isPlatformError } from '@jangada/platform-api';
import { describe, expect, test } from 'vitest';
import { SAMPLE_ROWS } from './sample-rows.ts';
import {
  appNamed,
  insertApp,
  insertSamples,
  releaseOf,
  type StoreUnderTest,
  storeForEachTest,
} from './store-under-test.ts';

/** What the transactions of every Store do. */
export function transactionConformance(makeStore: () => Promise<StoreUnderTest>): void {
  describe('transactions', () => {
    const made = storeForEachTest(makeStore);

    test('all that a transaction did is there when it resolves, with its result', async () => {
      await insertApp(made.store);
      const result = await made.store.transaction(async (tx) => {
        await tx.releases.insert(releaseOf(1));
        await tx.apps.update(SAMPLE_ROWS.apps.id, { maintenance: true });
        return (await tx.releases.list()).length;
      });
      expect(result).toBe(1);
      expect(await made.other.rows.releases.count()).toBe(1);
      expect((await made.other.rows.apps.get(SAMPLE_ROWS.apps.id))?.maintenance).toBe(true);
    });

    test('nothing that a failed transaction did is there', async () => {
      await insertSamples(made.store);
      const failing = made.store.transaction(async (tx) => {
        await tx.apps.insert(appNamed('half'));
        await tx.dynos.update(SAMPLE_ROWS.dynos.id, { state: 'down' });
        await tx.domains.delete(SAMPLE_ROWS.domains.id);
        throw new Error('stop here');
      });
      await expect(failing).rejects.toThrow('stop here');
      expect(await made.store.rows.apps.count()).toBe(1);
      expect((await made.store.rows.dynos.list())[0]?.state).toBe('up');
      expect(await made.store.rows.domains.count()).toBe(1);
    });

    test('a transaction sees its own changes and others do not until it ends', async () => {
      await insertApp(made.store);
      await made.store.transaction(async (tx) => {
        await tx.apps.insert(appNamed('mine'));
        await tx.apps.update('app-mine', { name: 'renamed' });
        expect((await tx.apps.find({ name: 'renamed' }))?.id).toBe('app-mine');
        expect(await tx.apps.count()).toBe(2);
        expect(await made.store.rows.apps.count()).toBe(1);
        await tx.apps.delete('app-mine');
        expect(await tx.apps.count()).toBe(1);
      });
      expect(await made.store.rows.apps.count()).toBe(1);
    });

    test('a conflict can be answered within the transaction', async () => {
      await insertApp(made.store);
      const id = await made.store.transaction(async (tx) => {
        await tx.apps.insert(appNamed('first'));
        try {
          await tx.apps.insert({ ...appNamed('x'), name: 'first' });
        } catch (error) {
          if (!isPlatformError(error, 'conflict')) throw error;
        }
        await expect(tx.apps.update('app-first', { name: SAMPLE_ROWS.apps.name })).rejects.toMatchObject({
          id: 'conflict',
        });
        return (await tx.apps.insert({ ...appNamed('x'), name: 'second' })).id;
      });
      expect((await made.store.rows.apps.get(id))?.name).toBe('second');
      expect(await made.store.rows.apps.count()).toBe(3);
    });

    test('statements of one transaction may be started together', async () => {
      await insertApp(made.store);
      const outcomes = await made.store.transaction((tx) =>
        Promise.allSettled([
          tx.apps.insert(appNamed('one')),
          tx.apps.insert({ ...appNamed('two'), name: 'one' }),
          tx.apps.insert(appNamed('three')),
          tx.apps.count(),
        ]),
      );
      expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
      expect((await made.store.rows.apps.list({}, { orderBy: 'name' })).map((app) => app.name)).toEqual([
        'calm-tide-1234',
        'one',
        'three',
      ]);
    });

    test('a transaction that has ended takes nothing more', async () => {
      await insertApp(made.store);
      const late = await made.store.transaction(async (tx) => () => tx.apps.insert(appNamed('late')));
      await expect(late()).rejects.toThrow(/ended/);
      expect(await made.store.rows.apps.count()).toBe(1);
    });

    test('transactions on the same lock run one after the other', async () => {
      await insertApp(made.store);
      const release = (): Promise<void> =>
        made.store.transaction(async (tx) => {
          await tx.lock(SAMPLE_ROWS.apps.id);
          const [last] = await tx.releases.list({}, { orderBy: 'version', direction: 'desc', limit: 1 });
          await tx.releases.insert(releaseOf((last?.version ?? 0) + 1));
        });
      await Promise.all(Array.from({ length: 12 }, release));
      expect(await made.store.rows.releases.count()).toBe(12);
    });

    test('transactions on different locks do not wait for each other', async () => {
      const entered = Promise.withResolvers<void>();
      await Promise.all([
        made.store.transaction(async (tx) => {
          await tx.lock('one');
          await entered.promise;
        }),
        made.store.transaction(async (tx) => {
          await tx.lock('two');
          entered.resolve();
        }),
      ]);
    });

    test('of two that take the same name at once, one gets a conflict', async () => {
      await insertApp(made.store);
      const outcomes = await Promise.allSettled([
        made.store.rows.apps.insert({ ...appNamed('a'), name: 'wanted' }),
        made.store.transaction((tx) => tx.apps.insert({ ...appNamed('b'), name: 'wanted' })),
        made.other.transaction((tx) => tx.apps.insert({ ...appNamed('c'), name: 'wanted' })),
      ]);
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      expect(await made.store.rows.apps.count({ name: 'wanted' })).toBe(1);
    });

    test('transactions that block each other are both done in the end', async () => {
      await insertApp(made.store);
      await made.store.rows.apps.insert(appNamed('second'));
      const both = [SAMPLE_ROWS.apps.id, 'app-second'];
      const touch = (ids: readonly string[], size: number): Promise<void> =>
        made.store.transaction(async (tx) => {
          for (const id of ids) {
            await tx.apps.update(id, { slugSize: size });
            await delay(20);
          }
        });
      await Promise.all([touch(both, 1), touch(both.toReversed(), 2)]);
      const sizes = new Set((await made.store.rows.apps.list()).map((app) => app.slugSize));
      expect(sizes.size).toBe(1);
    });
  });
}
