export * from './errors/platform-error.ts';
