export { type LogFolder, type LogHubOptions, openLogHub } from './open-log-hub.ts';
export { type OutputFolder, openOutputStreams } from './open-output-streams.ts';
export type { OutputLimits } from './output-stream.ts';
