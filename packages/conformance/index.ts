export { type ClockUnderTest, clockConformance } from './clock/clock-suite.ts';
export { createFakeClock, type FakeClock } from './clock/fake-clock.ts';
export { idsConformance } from './ids/ids-suite.ts';
export { createSequentialIds } from './ids/sequential-ids.ts';
export { createMemoryStore } from './store/memory-store.ts';
export { SAMPLE_ROWS } from './store/sample-rows.ts';
export { storeConformance } from './store/store-suite.ts';
export type { StoreUnderTest } from './store/store-under-test.ts';
