import { describe } from 'vitest';
import { hintsConformance } from './hints-suite.ts';
import { rowsConformance } from './rows-suite.ts';
import type { StoreUnderTest } from './store-under-test.ts';
import { transactionConformance } from './transaction-suite.ts';

/** What every Store does. `makeStore` is called for each test; closing a store twice must be allowed. */
export function storeConformance(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`${name} is a Store`, () => {
    rowsConformance(makeStore);
    transactionConformance(makeStore);
    hintsConformance(makeStore);
  });
}
