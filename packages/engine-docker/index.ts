export { joinBackground } from './background/background-group.ts';
export { cgroupOf } from './cgroup.ts';
export { createDockerEngine, type DockerEngine } from './docker-engine.ts';
export { freezerState, thawContainerOf } from './freezer.ts';
export { type BuildGuardOptions, createBuildGuard, DEFAULT_BUILD_BOUNDS } from './images/build-guard.ts';
export { createDockerImages, type DockerImagesOptions } from './images/docker-images.ts';
export type { DockerEngineOptions } from './machine.ts';
export { probeOwnUids } from './own-uids-probe.ts';
