import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { PlatformError } from '@jangada/platform-api';

/** The few calls of the Docker Engine API (any version from 1.41) that making images needs. */
export interface EngineImages {
  /** Whether the engine has an image of this name. */
  has(image: string, signal?: AbortSignal): Promise<boolean>;
  /** Makes an image out of an uncompressed root file system archive. */
  importRoot(archive: Readable, image: string, signal?: AbortSignal): Promise<void>;
  /** Takes in what `save` wrote. */
  load(archive: Readable, signal?: AbortSignal): Promise<void>;
  /** An archive of images with all layers below them. */
  save(images: readonly string[], signal?: AbortSignal): Promise<Readable>;
  /** One JSON call; the answer is null when the body is empty. `allow` lists statuses that are no errors beside 2xx. */
  call<Output>(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answer<Output>>;
  /** The text of a file in an image. Throws `stack_not_found` when there is no such image. */
  readFile(image: string, path: string): Promise<string>;
  /** The last lines that a container wrote. */
  tail(container: string, lines: number): Promise<string>;
}

export interface CallOptions {
  readonly allow?: readonly number[];
  readonly signal?: AbortSignal;
}

export interface Answer<Output> {
  readonly status: number;
  readonly body: Output;
}

/** What every image of ours says about itself. `CMD` only serves people who start one by hand. */
export const IMAGE_CHANGES = [
  'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'ENV LANG=C.UTF-8',
  'CMD ["/bin/bash"]',
] as const;

/** `socketPath`: where the Docker Engine listens. Every call throws `engine_unavailable` when it does not. */
export function openEngineImages(socketPath: string): EngineImages {
  const send = (
    method: string,
    path: string,
    body: Readable | string | null,
    type: string,
    signal: AbortSignal | undefined,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { host: 'docker', ...(body === null ? {} : { 'content-type': type }) };
      const request = httpRequest({ socketPath, method, path, headers, ...(signal ? { signal } : {}) }, resolve);
      request.on('error', (error) => reject(signal?.aborted ? error : unreachable(socketPath, error)));
      if (body === null || typeof body === 'string') request.end(body ?? undefined);
      else body.on('error', (error) => request.destroy(error)).pipe(request);
    });

  const upload = async (path: string, archive: Readable, signal?: AbortSignal): Promise<void> => {
    const response = await send('POST', path, archive, 'application/x-tar', signal);
    const text = await textOf(response);
    const failure = response.statusCode === 200 ? failureIn(text) : messageOf(text);
    if (failure !== null) throw new PlatformError('engine_unavailable', `The engine refused a stack image: ${failure}`);
  };

  const call = async <Output>(
    method: string,
    path: string,
    body?: unknown,
    options: CallOptions = {},
  ): Promise<Answer<Output>> => {
    const text = body === undefined ? null : JSON.stringify(body);
    const response = await send(method, path, text, 'application/json', options.signal);
    const answer = await textOf(response);
    const status = response.statusCode ?? 0;
    if (status >= 300 && !options.allow?.includes(status)) {
      throw new PlatformError('engine_unavailable', `The engine refused ${method} ${path}: ${messageOf(answer)}`);
    }
    return { status, body: (answer === '' ? null : JSON.parse(answer)) as Output };
  };

  return {
    call,

    async has(image, signal) {
      const path = `/images/${image}/json`;
      return (await call('GET', path, undefined, { allow: [404], ...(signal ? { signal } : {}) })).status === 200;
    },

    importRoot(archive, image, signal) {
      const [repo, tag] = image.split(':') as [string, string];
      const query = new URLSearchParams({ fromSrc: '-', repo, tag });
      for (const change of IMAGE_CHANGES) query.append('changes', change);
      return upload(`/images/create?${query}`, archive, signal);
    },

    load(archive, signal) {
      return upload('/images/load?quiet=1', archive, signal);
    },

    async save(images, signal) {
      const query = new URLSearchParams(images.map((image): [string, string] => ['names', image]));
      const response = await send('GET', `/images/get?${query}`, null, '', signal);
      if (response.statusCode !== 200) {
        throw new PlatformError(
          'engine_unavailable',
          `The engine cannot save a stack image: ${messageOf(await textOf(response))}`,
        );
      }
      return response;
    },

    async readFile(image, path) {
      const create = { Image: image, Cmd: ['/bin/true'], Labels: { 'jangada.stack-layer': image } };
      const created = await call<{ Id: string }>('POST', '/containers/create', create, { allow: [404] });
      if (created.status === 404) {
        throw new PlatformError('stack_not_found', `The engine has no image ${image}. Run "npm start" to make it.`);
      }
      const at = `/containers/${created.body.Id}`;
      try {
        const query = new URLSearchParams({ path });
        const archive = await bytesOf(await send('GET', `${at}/archive?${query}`, null, '', undefined));
        return firstFile(archive);
      } finally {
        await call('DELETE', `${at}?force=1&v=1`, undefined, { allow: [404, 409] });
      }
    },

    async tail(container, lines) {
      const path = `/containers/${container}/logs?stdout=1&stderr=1&tail=${lines}`;
      return unframe(await bytesOf(await send('GET', path, null, '', undefined)));
    },
  };
}

async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Of a tar archive: a header of 512 bytes, in which the size in octal digits is at 124, and the content. */
function firstFile(archive: Buffer): string {
  const size = Number.parseInt(archive.toString('latin1', 124, 136), 8);
  return archive.toString('utf8', 512, 512 + size);
}

/** Removes the 8-byte frame headers of a container's output. */
function unframe(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at + 4);
    text += bytes.toString('utf8', at + 8, at + 8 + length);
    at += 8 + length;
  }
  return text;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += String(chunk);
  return text;
}

/** Import and load answer 200 and report a failure in their stream of JSON lines. */
function failureIn(text: string): string | null {
  const line = text.split('\n').find((candidate) => candidate.includes('"errorDetail"'));
  return line === undefined ? null : String((JSON.parse(line) as { error?: string }).error ?? line);
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}

function unreachable(socketPath: string, error: Error & { code?: string }): PlatformError {
  return new PlatformError(
    'engine_unavailable',
    `The Docker Engine does not answer on ${socketPath} (${error.code ?? error.message}). Start it, or run "npm start".`,
    { cause: error },
  );
}
