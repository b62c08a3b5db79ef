export { createDockerEngine, type DockerEngine } from './docker-engine.ts';
export type { DockerEngineOptions } from './machine.ts';
