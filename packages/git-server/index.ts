export * from './git-process.ts';
export * from './git-server.ts';
export type { OnPush, Push } from './push-session.ts';
export * from './ref-update.ts';
export * from './repository.ts';
export type { GitService } from './request-path.ts';
export * from './source.ts';
