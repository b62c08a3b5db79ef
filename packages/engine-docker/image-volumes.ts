import { resolve } from 'node:path/posix';
import type { HostMount } from '@jangada/core';
import type { DockerApi } from './docker-api.ts';
import type { ContainerInspect } from './docker-shapes.ts';

interface ImageInspect {
  readonly Config: { readonly Volumes?: Readonly<Record<string, unknown>> | null } | null;
}

/** Paths that an image declares with VOLUME. Rejects as the engine does when there is no such image. */
export async function volumesOf(api: Pick<DockerApi, 'call'>, image: string): Promise<readonly string[]> {
  const { Config: config } = await api.call<ImageInspect>('GET', `/images/${image}/json`);
  return volumePaths(Object.keys(config?.Volumes ?? {}));
}

/** Each whole path once, as the engine compares them. One that does not begin at the root has no place in a container. */
export function volumePaths(declared: readonly string[]): readonly string[] {
  return [...new Set(declared.filter((path) => path.startsWith('/')).map((path) => resolve(path)))];
}

/** Path of a volume that the engine has made on the machine's disk, because nobody said where it is to be; null: none. */
export function strayVolume({ Mounts: mounts }: ContainerInspect, ours: readonly HostMount[]): string | null {
  const isStray = (path: string): boolean => ours.every(({ target }) => target !== path);
  return mounts.find((mount) => mount.Type === 'volume' && isStray(mount.Destination))?.Destination ?? null;
}
