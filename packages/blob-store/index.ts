export { type BlobFolder, openBlobStore } from './open-blob-store.ts';
