import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Digest, ImageBuild, ImageBuildEvent, ImageInfo, Images } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { connectDocker, type DockerApi, DockerError, isDockerError } from '../docker-api.ts';
import { openBuildSession } from './build-session.ts';
import { createBuildTrace } from './build-trace.ts';

export interface DockerImagesOptions {
  /** Twelve hex digits: images are kept under a name of this installation. */
  readonly installId: string;
  readonly socketPath: string;
  /** Called before each build: puts what bounds builds in place. */
  readonly guard: () => Promise<void>;
}

interface ImageInspect {
  readonly Id: string;
  readonly Size: number;
  readonly Config: { readonly Entrypoint?: readonly string[] | null; readonly Cmd?: readonly string[] | null } | null;
}

/** Lines of a build's or a load's answer. */
interface AnswerLine {
  readonly id?: string;
  readonly aux?: string | { readonly ID?: string };
  readonly error?: string;
}

/** The images of a machine on its Docker Engine, built by the BuildKit in it. */
export function createDockerImages({ installId, socketPath, guard }: DockerImagesOptions): Images {
  const api = connectDocker(socketPath);
  const repository = `jangada-${installId}`;
  const nameOf = (imageId: Digest): string => `${repository}:${imageId.slice('sha256:'.length)}`;

  const find = async (reference: string): Promise<ImageInfo | null> => {
    try {
      return infoOf(await api.call<ImageInspect>('GET', `/images/${reference}/json`));
    } catch (error) {
      if (isDockerError(error, 404)) return null;
      throw translated(error);
    }
  };

  /** A name keeps an image from whoever removes those without one. */
  const keep = async (reference: string): Promise<ImageInfo | null> => {
    const info = await find(reference);
    if (info === null) return null;
    const query = new URLSearchParams({ repo: repository, tag: info.imageId.slice('sha256:'.length) });
    await api.call('POST', `/images/${reference}/tag?${query}`);
    return info;
  };

  const loading = new Map<Digest, Promise<ImageInfo>>();
  const load = async (archive: Readable, imageId: Digest, signal?: AbortSignal): Promise<ImageInfo> => {
    try {
      await readAnswer(await api.upload('/images/load?quiet=1', archive, signal), () => undefined);
    } catch (error) {
      throw isDockerError(error, 400) ? badImage(error.message) : translated(error);
    }
    const image = await keep(imageId);
    if (image) return image;
    throw badImage('its configuration is not the one that it says');
  };

  return {
    async build(order, say, signal) {
      await guard();
      try {
        const image = await keep(await runBuild(api, order, say, signal));
        if (image) return image;
        throw new PlatformError('engine_unavailable', 'The engine lost an image that it just made. Try again.');
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw translated(error);
      }
    },

    find,
    keep,

    load(archive, imageId, signal) {
      const underWay = loading.get(imageId);
      if (underWay) {
        // Several dynos that start at once need the same image: one archive is enough.
        archive.destroy();
        return underWay;
      }
      const loaded = load(archive, imageId, signal).finally(() => loading.delete(imageId));
      loading.set(imageId, loaded);
      return loaded;
    },

    async save(imageIds, signal) {
      const query = new URLSearchParams(imageIds.map((imageId): [string, string] => ['names', imageId]));
      try {
        await requireOwnStore(api);
        // The engine's own answer to that is a fault like any other.
        const found = await Promise.all(imageIds.map(find));
        if (found.includes(null)) {
          const message = 'The engine does not have this image any more. Build it again.';
          throw new PlatformError('not_found', message, { resource: 'image' });
        }
        return await api.stream(`/images/get?${query}`, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw translated(error);
      }
    },

    async list() {
      const images = await api.call<readonly { readonly RepoTags: readonly string[] | null }[]>('GET', '/images/json');
      return images
        .flatMap((image) => image.RepoTags ?? [])
        .flatMap((tag) => (tag.startsWith(`${repository}:`) ? [`sha256:${tag.slice(repository.length + 1)}`] : []));
    },

    async remove(imageId) {
      const info = await find(imageId);
      if (info === null) return 0;
      await api.call('DELETE', `/images/${nameOf(imageId)}`).catch((error) => {
        // 404: it has no such name any more. 409: a container uses it, which keeps it.
        if (!isDockerError(error, 404) && !isDockerError(error, 409)) throw translated(error);
      });
      return (await find(imageId)) === null ? info.size : 0;
    },

    async pruneCache(days) {
      const filters = JSON.stringify({ 'unused-for': { [`${days * 24}h`]: true } });
      const query = new URLSearchParams({ filters });
      const { SpaceReclaimed: bytes } = await api.call<{ SpaceReclaimed: number }>('POST', `/build/prune?${query}`);
      return bytes;
    },
  };
}

/** With containerd's store an image's id is that of its manifest, so one that was taken out and loaded again would be another. */
async function requireOwnStore(api: DockerApi): Promise<void> {
  const { DriverStatus } = await api.call<{ readonly DriverStatus?: readonly (readonly string[])[] | null }>(
    'GET',
    '/info',
  );
  const isContainerd = DriverStatus?.some(
    ([name, value]) => name === 'driver-type' && value?.startsWith('io.containerd'),
  );
  if (!isContainerd) return;
  throw new PlatformError(
    'not_implemented',
    'The Docker Engine keeps images in containerd. The operator sets "features": {"containerd-snapshotter": false} in its daemon.json.',
  );
}

/** Resolves with the id of the new image. */
async function runBuild(
  api: DockerApi,
  order: ImageBuild,
  say: (event: ImageBuildEvent) => void,
  signal: AbortSignal,
): Promise<string> {
  const session = randomUUID();
  const { close } = await openBuildSession(api, session, order.secrets);
  // The engine ends a build when its client goes away; this also tells one that is still being taken in.
  const cancel = (): void =>
    void api.call('POST', `/build/cancel?id=${encodeURIComponent(order.buildId)}`).catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const trace = createBuildTrace();
    let imageId: string | null = null;
    const response = await api.upload(`/build?${buildQuery(order, session)}`, order.context, signal);
    await readAnswer(response, ({ id, aux }) => {
      if (id === 'moby.buildkit.trace' && typeof aux === 'string') trace(Buffer.from(aux, 'base64')).forEach(say);
      if (id === 'moby.image.id' && typeof aux === 'object') imageId = aux.ID ?? null;
    });
    if (imageId === null) throw new PlatformError('engine_unavailable', 'The engine ended a build without an image.');
    return imageId;
  } finally {
    signal.removeEventListener('abort', cancel);
    close();
  }
}

/** `version=2` is BuildKit (Docker Engine API, ImageBuild). */
function buildQuery(order: ImageBuild, session: string): URLSearchParams {
  return new URLSearchParams({
    version: '2',
    session,
    buildid: order.buildId,
    dockerfile: order.dockerfile,
    ...(order.target === null ? {} : { target: order.target }),
    // The namespace separates cache mounts; the host name, which is part of what RUN is, cached layers (decision 0066).
    buildargs: JSON.stringify({ ...order.buildArgs, BUILDKIT_CACHE_MOUNT_NS: order.cacheScope }),
    extrahosts: `${order.cacheScope}.invalid:127.0.0.1`,
  });
}

/** Reads JSON lines to their end. Throws what one of them reports as an error. */
async function readAnswer(response: AsyncIterable<Buffer>, take: (line: AnswerLine) => void): Promise<void> {
  let rest = '';
  let failure: string | null = null;
  const decoder = new TextDecoder();
  const line = (text: string): void => {
    if (text.trim() === '') return;
    const parsed = JSON.parse(text) as AnswerLine;
    if (parsed.error !== undefined) failure = parsed.error;
    take(parsed);
  };
  for await (const chunk of response) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(line);
  }
  line(rest);
  if (failure !== null) throw new DockerError(400, failure);
}

function infoOf({ Id, Size, Config }: ImageInspect): ImageInfo {
  return { imageId: Id, size: Size, entrypoint: Config?.Entrypoint ?? [], cmd: Config?.Cmd ?? [] };
}

function badImage(reason: string): PlatformError {
  return new PlatformError('invalid_params', `The image cannot be used: ${reason}. Build and push it again.`);
}

/** What a build says to be wrong is the Dockerfile's; everything else is the engine's. */
function translated(error: unknown): unknown {
  if (!(error instanceof DockerError)) return error;
  if (/no space left on device/i.test(error.message)) {
    return new PlatformError('disk_full', 'The disk is full. The operator has to make room.', { cause: error });
  }
  if (error.status === 400) return new PlatformError('invalid_params', error.message, { cause: error });
  return new PlatformError('engine_unavailable', `The Docker Engine refused: ${error.message}.`, { cause: error });
}
