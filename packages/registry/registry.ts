import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BlobStore, Clock, Digest, Ids, Store } from '@jangada/core';
import { hasBlob, linkBlob } from './image-blobs.ts';
import { MAX_MANIFEST_BYTES, readManifest } from './manifest.ts';
import { findImage, keepImage, tagImage, tagsOf } from './pushed-images.ts';
import { RegistryError, sendError } from './registry-error.ts';
import { parseRegistryPath, type RegistryRequest } from './request-path.ts';
import { createUploads } from './uploads.ts';

export interface RegistryOptions {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Ids;
  /** Folder for uploads under way; on the file system of the blobs they need not be copied. */
  readonly uploadsFolder: string;
  /** Decides who may do what. Throws PlatformError: `unauthorized` asks for a password, the others reach the person as text. */
  readonly authorize: (request: {
    /** Null: whoever logs in. */
    readonly app: string | null;
    readonly password: string;
    readonly pushes: boolean;
  }) => Promise<{ readonly appId: string }>;
  /** Runs work while no blob is tidied away. */
  readonly whileKept: <Result>(appId: string, work: () => Promise<Result>) => Promise<Result>;
  /** Throws `disk_full` when there is no room to begin anything. Default: there is. */
  readonly requireRoom?: () => Promise<void>;
  /** The same for what has begun and is coming. */
  readonly requireRoomStill?: () => Promise<void>;
  /** Bytes of one layer. Default: 5 GB. */
  readonly maxBlobBytes?: number;
  /** Of images that run here, as Go calls it. Default: this machine's. */
  readonly architecture?: string;
  readonly report?: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}

/**
 * Images over HTTP as Docker's programs push and pull them (OCI distribution-spec 1.1, without deleting), to be mounted on
 * somebody's listener. Names are `<app>/<process type>`.
 */
export interface Registry {
  /** Answers requests below `/v2/`; false, with nothing touched, for all others. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

/** One request that is allowed. */
interface Call<Kind extends RegistryRequest['kind']> {
  readonly asked: Extract<RegistryRequest, { readonly kind: Kind }>;
  readonly appId: string;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly password: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

type UploadCall = Call<'upload'> | Call<'uploads'>;

export function createRegistry(options: RegistryOptions): Registry {
  const { store, blobs } = options;
  const architecture = options.architecture ?? (process.arch === 'x64' ? 'amd64' : process.arch);
  const uploads = createUploads({
    folder: options.uploadsFolder,
    maxBytes: options.maxBlobBytes ?? 5 * 1024 ** 3,
    requireRoom: async () => options.requireRoomStill?.(),
  });

  const blob = async ({ asked, appId, method, request, response }: Call<'blob'>): Promise<void> => {
    requireMethod(method, 'GET', 'HEAD');
    const info = (await hasBlob(store.rows, appId, asked.digest)) ? await blobs.stat(asked.digest) : null;
    if (info === null) throw new RegistryError('BLOB_UNKNOWN', 'There is no such layer here.');
    const headers = { 'content-type': 'application/octet-stream', 'docker-content-digest': asked.digest };
    response.writeHead(200, { ...headers, 'content-length': info.size });
    if (method === 'HEAD') response.end();
    else await pipeline(await blobs.read(asked.digest), response);
    request.resume();
  };

  /** Begins an upload, or takes a layer that the person has in another app already. */
  const begin = async (call: Call<'uploads'>): Promise<void> => {
    requireMethod(call.method, 'POST');
    const { query, appId } = call;
    await options.requireRoom?.();
    const mount = query.get('mount');
    if (mount !== null && (await mayMount(call, mount, query.get('from') ?? ''))) {
      await options.whileKept(appId, () => linkBlob(options, appId, mount));
      return created(call, mount);
    }
    const uploadId = randomUUID();
    await uploads.begin(uploadId, appId);
    const digest = query.get('digest');
    if (digest !== null) return finish(call, uploadId, digest);
    accepted(call, uploadId, 0);
  };

  const mayMount = async ({ password }: Call<'uploads'>, digest: Digest, from: string): Promise<boolean> => {
    const [app = '', type] = from.split('/');
    if (type === undefined) return false;
    const source = await options.authorize({ app, password, pushes: false }).catch(() => null);
    return source !== null && (await hasBlob(store.rows, source.appId, digest));
  };

  const upload = async (call: Call<'upload'>): Promise<void> => {
    const { asked, appId, method, request, response, query } = call;
    requireMethod(method, 'GET', 'PATCH', 'PUT', 'DELETE');
    if (method === 'GET') return accepted(call, asked.uploadId, await uploads.size(asked.uploadId, appId), 204);
    if (method === 'PATCH') {
      await options.requireRoom?.();
      const size = await uploads.append(asked.uploadId, appId, request, startOf(request));
      return accepted(call, asked.uploadId, size);
    }
    if (method === 'PUT') return finish(call, asked.uploadId, query.get('digest') ?? '');
    await uploads.size(asked.uploadId, appId);
    await uploads.forget(asked.uploadId);
    response.writeHead(204).end();
  };

  const finish = async (call: UploadCall, uploadId: string, digest: Digest): Promise<void> => {
    const { appId, request } = call;
    try {
      await uploads.append(uploadId, appId, request, startOf(request));
      const file = await uploads.finish(uploadId, appId);
      await options.whileKept(appId, async () => {
        const info = await blobs.adopt(file);
        // Left as it is: nobody is told of it, and tidying removes what nobody has.
        if (info.digest !== digest)
          throw new RegistryError('DIGEST_INVALID', 'The layer did not arrive as it was sent.');
        await linkBlob(options, appId, digest);
      });
      created(call, digest);
    } finally {
      await uploads.forget(uploadId);
    }
  };

  const manifest = async (call: Call<'manifest'>): Promise<void> => {
    const { asked, appId, method, response } = call;
    requireMethod(method, 'GET', 'HEAD', 'PUT');
    if (method === 'PUT') return putManifest(call);
    const image = await findImage(store.rows, appId, asked.type, asked.reference);
    if (image === null) {
      throw new RegistryError(
        'MANIFEST_UNKNOWN',
        `Nothing was pushed as ${asked.app}/${asked.type}:${asked.reference}.`,
      );
    }
    const info = await blobs.stat(image.digest);
    response.writeHead(200, {
      'content-type': image.mediaType,
      'content-length': info?.size ?? 0,
      'docker-content-digest': image.digest,
    });
    if (method === 'HEAD') response.end();
    else await pipeline(await blobs.read(image.digest), response);
  };

  const putManifest = async (call: Call<'manifest'>): Promise<void> => {
    const { asked, appId, request, response } = call;
    await options.requireRoom?.();
    const bytes = await readAll(request);
    const read = readManifest(bytes.toString('utf8'), request.headers['content-type'] ?? '', architecture);
    const isDigest = asked.reference.startsWith('sha256:');
    await options.whileKept(appId, async () => {
      const { digest } = await blobs.put(Readable.from([bytes]));
      if (isDigest && digest !== asked.reference) {
        throw new RegistryError('DIGEST_INVALID', 'The manifest did not arrive as it was sent.');
      }
      const place = { appId, type: asked.type, tag: isDigest ? null : asked.reference };
      if (read.kind === 'image') await keepImage(options, place, digest, read);
      else if (place.tag !== null) await tagOurs(place, read.ours);
      response.writeHead(201, {
        location: `/v2/${asked.app}/${asked.type}/manifests/${digest}`,
        'docker-content-digest': digest,
      });
      response.end();
    });
  };

  /** Of images for several platforms, the one for this machine gets the name; the list itself is not kept. */
  const tagOurs = async (
    place: { appId: string; type: string; tag: string | null },
    ours: Digest | null,
  ): Promise<void> => {
    if (ours !== null && (await tagImage(options, place, ours))) return;
    const advice = `Build it for linux/${architecture}: docker build --platform linux/${architecture}`;
    throw new RegistryError('MANIFEST_INVALID', `None of these images runs on this machine. ${advice}`);
  };

  const tags = async ({ asked, appId, method, response }: Call<'tags'>): Promise<void> => {
    requireMethod(method, 'GET');
    const names = await tagsOf(store.rows, appId, asked.type);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ name: `${asked.app}/${asked.type}`, tags: names }));
  };

  const answer = async (
    asked: RegistryRequest,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const method = request.method ?? 'GET';
    const password = passwordOf(request.headers.authorization);
    if (password === null) throw new RegistryError('UNAUTHORIZED', 'Log in first: heroku container:login');
    if (asked.kind === 'unknown') {
      throw new RegistryError('NAME_UNKNOWN', 'Images are named APP/TYPE here, such as my-app/web, in lower case.');
    }
    const app = asked.kind === 'ping' ? null : asked.app;
    const { appId } = await options.authorize({ app, password, pushes: method !== 'GET' && method !== 'HEAD' });
    const call = { appId, method, query: url.searchParams, password, request, response };
    switch (asked.kind) {
      case 'ping':
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        return;
      case 'blob':
        return blob({ ...call, asked });
      case 'uploads':
        return begin({ ...call, asked });
      case 'upload':
        return upload({ ...call, asked });
      case 'manifest':
        return manifest({ ...call, asked });
      case 'tags':
        return tags({ ...call, asked });
    }
  };

  return {
    async handle(request, response) {
      const url = URL.parse(request.url ?? '/', 'http://registry');
      const asked = url && parseRegistryPath(url.pathname);
      if (!url || !asked) return false;
      response.setHeader('docker-distribution-api-version', 'registry/2.0');
      try {
        await answer(asked, url, request, response);
      } catch (error) {
        const isKnown = sendError(response, error) || request.destroyed;
        if (!isKnown) options.report?.('registry.failed', { path: url.pathname, error: String(error) });
      }
      return true;
    },
  };
}

function accepted({ asked, response }: UploadCall, uploadId: string, size: number, status = 202): void {
  response.writeHead(status, {
    location: `/v2/${asked.app}/${asked.type}/blobs/uploads/${uploadId}`,
    range: `0-${Math.max(0, size - 1)}`,
    'docker-upload-uuid': uploadId,
    'content-length': 0,
  });
  response.end();
}

function created({ asked, response }: UploadCall, digest: Digest): void {
  const location = `/v2/${asked.app}/${asked.type}/blobs/${digest}`;
  response.writeHead(201, { location, 'docker-content-digest': digest, 'content-length': 0 }).end();
}

/** Any user name will do: `_` is what `heroku container:login` says, and it is the token that counts. */
function passwordOf(header: string | undefined): string | null {
  const [, scheme = '', value = ''] = /^(Basic|Bearer)\s+(\S+)$/i.exec(header ?? '') ?? [];
  if (value === '') return null;
  if (scheme.toLowerCase() === 'bearer') return value;
  const text = Buffer.from(value, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

/** Where the bytes of this request belong; null when it does not say. */
function startOf({ headers }: IncomingMessage): number | null {
  const [, start] = /^(?:bytes[ =])?(\d+)-\d+/.exec(String(headers['content-range'] ?? '')) ?? [];
  return start === undefined ? null : Number(start);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_MANIFEST_BYTES) throw new RegistryError('SIZE_INVALID', 'The manifest is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function requireMethod(method: string, ...allowed: readonly string[]): void {
  if (!allowed.includes(method)) throw new RegistryError('UNSUPPORTED', `${method} is not offered here.`);
}
