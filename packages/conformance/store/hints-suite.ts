import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '@jangada/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type StoreUnderTest, storeForEachTest } from './store-under-test.ts';

/** What notifications and exclusive work of every Store do. */
export function hintsConformance(makeStore: () => Promise<StoreUnderTest>): void {
  describe('notifications', () => {
    const made = storeForEachTest(makeStore);
    let stop = new AbortController();
    beforeEach(() => {
      stop = new AbortController();
    });
    afterEach(() => stop.abort());

    const listen = async (store: Store): Promise<AsyncIterator<string>> => {
      const ready = Promise.withResolvers<void>();
      const hints = store.listen('app', stop.signal, () => ready.resolve());
      await ready.promise;
      return hints[Symbol.asyncIterator]();
    };
    const notify = (store: Store, ...payloads: string[]): Promise<void> =>
      store.transaction(async (tx) => {
        for (const payload of payloads) await tx.notify('app', payload);
      });

    test('every listener on every control plane hears of a commit', async () => {
      const [here, there] = [await listen(made.store), await listen(made.other)];
      await notify(made.store, 'a1');
      expect(await here.next()).toEqual({ value: 'a1', done: false });
      expect(await there.next()).toEqual({ value: 'a1', done: false });
    });

    test('payloads come in the order of the commits, equal ones of one transaction once', async () => {
      const hints = await listen(made.other);
      await notify(made.store, 'a1', 'a1', 'a2');
      await notify(made.store, 'a3');
      expect([await hints.next(), await hints.next(), await hints.next()].map((hint) => hint.value)).toEqual([
        'a1',
        'a2',
        'a3',
      ]);
    });

    test('a transaction that fails tells nobody, one that is still running neither', async () => {
      const hints = await listen(made.other);
      const failing = made.store.transaction(async (tx) => {
        await tx.notify('app', 'never');
        throw new Error('stop here');
      });
      await expect(failing).rejects.toThrow('stop here');
      await made.store.transaction(async (tx) => {
        await tx.notify('app', 'first');
        await notify(made.store, 'second');
      });
      expect([(await hints.next()).value, (await hints.next()).value]).toEqual(['second', 'first']);
    });

    test('listening ends when the signal aborts', async () => {
      const hints = await listen(made.store);
      const waiting = hints.next();
      stop.abort();
      expect((await waiting).done).toBe(true);
    });

    test('listening ends when the store closes', async () => {
      const hints = await listen(made.store);
      const waiting = hints.next();
      await made.store.close();
      expect((await waiting).done).toBe(true);
    });
  });

  describe('exclusive work', () => {
    const made = storeForEachTest(makeStore);
    const never = new AbortController().signal;

    test('only one at a time works under one name, across control planes', async () => {
      let working = 0;
      let most = 0;
      const work = async (): Promise<void> => {
        working += 1;
        most = Math.max(most, working);
        await delay(5);
        working -= 1;
      };
      const stores = [made.store, made.other, made.store, made.other];
      await Promise.all(stores.map((store) => store.exclusively('leader', never, work)));
      expect(most).toBe(1);
    });

    test('work under different names does not wait', async () => {
      const result = await made.store.exclusively('one', never, () =>
        made.store.exclusively('two', never, async () => 'both'),
      );
      expect(result).toBe('both');
    });

    test('whoever waits can give up, and the name is free after the work ended or failed', async () => {
      const holding = Promise.withResolvers<void>();
      const entered = Promise.withResolvers<void>();
      const first = made.store.exclusively('leader', never, async () => {
        entered.resolve();
        await holding.promise;
        throw new Error('failed');
      });
      await entered.promise;
      const stop = new AbortController();
      const second = made.other.exclusively('leader', stop.signal, async () => 'second');
      const third = made.other.exclusively('leader', never, async () => 'third');
      stop.abort(new Error('no longer wanted'));
      await expect(second).rejects.toThrow('no longer wanted');
      holding.resolve();
      await expect(first).rejects.toThrow('failed');
      expect(await third).toBe('third');
    });

    test('the work is told when it is to end', async () => {
      const stop = new AbortController();
      const work = made.store.exclusively('leader', stop.signal, async (held) => {
        stop.abort();
        return held.aborted;
      });
      expect(await work).toBe(true);
    });
  });

  test('a closed store says that it is unavailable', async () => {
    const made = await makeStore();
    await made.store.close();
    await expect(made.store.rows.apps.list()).rejects.toMatchObject({ id: 'store_unavailable' });
    await expect(made.store.transaction(async () => undefined)).rejects.toMatchObject({ id: 'store_unavailable' });
    await made.dispose();
  });
}
