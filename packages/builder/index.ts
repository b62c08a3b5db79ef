export * from './build-request.ts';
export { type Builder, type BuilderOptions, createBuilder } from './builder.ts';
export { exportSlug } from './export-slug.ts';
