import { createMemoryStore } from './memory-store.ts';
import { storeConformance } from './store-suite.ts';

storeConformance('the memory store', async () => {
  const store = createMemoryStore();
  return { store, other: store, dispose: () => store.close() };
});
