export * from './build-request.ts';
export { type Builder, type BuilderOptions, createBuilder } from './builder.ts';
export { exportSlug } from './export-slug.ts';
export { parseHerokuYml } from './images/manifest.ts';
export { type KnownBuildpack, knownBuildpacks, REGISTRY_FILE } from './known-buildpacks.ts';
