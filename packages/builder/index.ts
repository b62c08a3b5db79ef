export * from './build-request.ts';
export { type Builder, createBuilder } from './builder.ts';
export type { BuilderOptions } from './builder-options.ts';
export { exportSlug } from './export-slug.ts';
export { parseHerokuYml } from './images/manifest.ts';
export { type KnownBuildpack, knownBuildpacks, REGISTRY_FILE } from './known-buildpacks.ts';
