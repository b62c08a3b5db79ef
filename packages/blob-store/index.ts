export { blobPath } from './blob-name.ts';
export { type BlobFolder, openBlobStore } from './open-blob-store.ts';
