import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PlatformError } from '@jangada/platform-api';

/** One published version, as far as it matters here. */
export interface PublishedVersion {
  readonly engines?: { readonly node?: string } | null;
  readonly dist: { readonly integrity?: string };
}

/** Reads packages of an npm registry. */
export interface NpmRegistry {
  /** All versions of a package. Throws `not_found` when the registry cannot be reached or has no such package. */
  versions(name: string, signal: AbortSignal): Promise<Readonly<Record<string, PublishedVersion>>>;
  /**
   * Unpacks a version into an existing folder, without what `leaveOut` (tar patterns) matches. The archive's SHA-512 is checked;
   * when it does not match this throws and what was unpacked is not to be used.
   */
  unpack(name: string, version: string, into: string, leaveOut: readonly string[], signal: AbortSignal): Promise<void>;
}

const ANSWER_MS = 10_000;

/** `url`: of the registry. */
export function connectNpmRegistry(url: string): NpmRegistry {
  const base = url.replace(/\/+$/, '');

  const get = async (path: string, accept: string, signal: AbortSignal): Promise<Response> => {
    try {
      const response = await fetch(`${base}/${path}`, { headers: { accept }, signal });
      if (response.ok) return response;
      throw new PlatformError('not_found', `The npm registry has no ${path} (status ${response.status}).`);
    } catch (error) {
      if (error instanceof PlatformError) throw error;
      throw new PlatformError('not_found', 'The npm registry cannot be reached from this server.', { cause: error });
    }
  };

  const versionsOf = async (name: string, signal: AbortSignal): Promise<Record<string, PublishedVersion>> => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    const response = await get(name, 'application/vnd.npm.install-v1+json', limited);
    const document = (await response.json()) as { versions?: Record<string, PublishedVersion> };
    return document.versions ?? {};
  };

  return {
    versions: versionsOf,

    async unpack(name, version, into, leaveOut, signal) {
      const expected = (await versionsOf(name, signal))[version]?.dist.integrity;
      if (!expected?.startsWith('sha512-')) {
        throw new PlatformError('not_found', `The npm registry has no ${name} ${version} with a checksum.`);
      }
      const response = await get(`${name}/-/${name}-${version}.tgz`, '*/*', signal);
      const hash = createHash('sha512');
      const measured = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      };
      const patterns = leaveOut.map((pattern) => `--exclude=${pattern}`);
      const args = ['-xz', '-C', into, '--strip-components=1', '--no-same-owner', ...patterns];
      const tar = spawn('tar', args, { stdio: ['pipe', 'ignore', 'ignore'], env: { PATH: '/usr/bin:/bin' } });
      const exited = once(tar, 'exit') as Promise<[number | null]>;
      await pipeline(Readable.fromWeb(response.body as never), measured, tar.stdin as Writable, { signal });
      const [code] = await exited;
      if (code !== 0)
        throw new PlatformError('not_found', `${name} ${version} from the npm registry cannot be unpacked.`);
      if (`sha512-${hash.digest('base64')}` !== expected) {
        throw new PlatformError('not_found', `${name} ${version} from the npm registry does not match its checksum.`);
      }
    },
  };
}
