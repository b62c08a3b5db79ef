import { blobStoreConformance } from './blob-store-suite.ts';
import { createMemoryBlobStore } from './memory-blob-store.ts';

blobStoreConformance('the memory blob store', async () => createMemoryBlobStore());
