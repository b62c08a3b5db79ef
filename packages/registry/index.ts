export { keepBuiltImages } from './built-images.ts';
export { imageArchive } from './image-archive.ts';
export { createRegistry, type Registry, type RegistryOptions } from './registry.ts';
