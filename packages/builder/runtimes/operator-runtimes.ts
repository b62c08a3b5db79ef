import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { cp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { PlatformError } from '@jangada/platform-api';

/** A runtime that the operator provides. */
export interface OperatorOffer {
  readonly origin: 'operator';
  readonly version: string;
  readonly name: string;
  /** File or folder name, here or on the mirror. */
  readonly entry: string;
  /** Null: it lies in the folder; otherwise the digest that the mirror's list names. */
  readonly sha256: string | null;
}

/**
 * Runtimes of the operator: `<runtime>-<version>.tar.gz` (also .tgz, .tar.xz, .tar.zst, .tar.bz2) or an unpacked folder
 * `<runtime>-<version>` in the shelf's folder, and the same names on a mirror, which lists them in `SHA256SUMS`.
 */
export interface OperatorRuntimes {
  offers(runtime: string): Promise<readonly OperatorOffer[]>;
  /** Unpacks one into an existing folder. Throws `not_found` when it cannot be had or is not what it should be. */
  make(offer: OperatorOffer, into: string): Promise<void>;
}

const ENTRY = /^([a-z][a-z0-9]*)-(\d[\w.+]*?)(\.tar\.(?:gz|xz|zst|bz2)|\.tgz)?$/;
const LIST = 'SHA256SUMS';
const LIST_AGE_MS = 10 * 60_000;
const ANSWER_MS = 10_000;
const FETCH_MS = 10 * 60_000;
const run = promisify(execFile);

/** `mirror`: base URL, or null. */
export function openOperatorRuntimes(folder: string, mirror: string | null): OperatorRuntimes {
  const base = mirror?.replace(/\/+$/, '') ?? null;
  let list: { readonly at: number; readonly text: string } = { at: 0, text: '' };

  const mirrorList = async (): Promise<string> => {
    if (base === null || Date.now() - list.at < LIST_AGE_MS) return list.text;
    try {
      const response = await fetch(`${base}/${LIST}`, { signal: AbortSignal.timeout(ANSWER_MS) });
      list = { at: Date.now(), text: response.ok ? await response.text() : '' };
    } catch {
      list = { at: Date.now(), text: list.text };
    }
    return list.text;
  };

  const download = async (offer: OperatorOffer, into: string): Promise<string> => {
    const file = join(into, '..', `${offer.name}.download`);
    const response = await fetch(`${base}/${encodeURIComponent(offer.entry)}`, {
      signal: AbortSignal.timeout(FETCH_MS),
    });
    if (!response.ok || !response.body) {
      throw new PlatformError('not_found', `The mirror of runtimes has no ${offer.entry} (status ${response.status}).`);
    }
    await pipeline(Readable.fromWeb(response.body as never), createWriteStream(file));
    return file;
  };

  return {
    async offers(runtime) {
      const here = await Promise.all(
        (await readdir(folder)).map(async (entry): Promise<readonly OperatorOffer[]> => {
          const match = ENTRY.exec(entry);
          if (match?.[1] !== runtime) return [];
          const { size, mtimeMs } = await stat(join(folder, entry));
          return [offerOf(runtime, match[2] as string, entry, null, `${entry} ${size} ${mtimeMs}`)];
        }),
      );
      const there = (await mirrorList()).split('\n').flatMap((line): readonly OperatorOffer[] => {
        const [, sha256, entry = ''] = /^([0-9a-f]{64}) [ *](\S+)$/.exec(line.trim()) ?? [];
        const match = ENTRY.exec(entry);
        if (!sha256 || match?.[1] !== runtime || match[3] === undefined) return [];
        return [offerOf(runtime, match[2] as string, entry, sha256, sha256)];
      });
      return [...here.flat(), ...there];
    },

    async make(offer, into) {
      const local = join(folder, offer.entry);
      if (offer.sha256 === null && (await stat(local)).isDirectory()) {
        await cp(local, into, { recursive: true, verbatimSymlinks: true, force: true });
        return;
      }
      const file = offer.sha256 === null ? local : await download(offer, into);
      try {
        if (offer.sha256 !== null && (await sha256Of(file)) !== offer.sha256) {
          throw new PlatformError('not_found', `${offer.entry} on the mirror of runtimes does not match its checksum.`);
        }
        await unpack(file, offer.entry, into);
      } finally {
        if (offer.sha256 !== null) await rm(file, { force: true });
      }
    },
  };
}

function offerOf(
  runtime: string,
  version: string,
  entry: string,
  sha256: string | null,
  identity: string,
): OperatorOffer {
  const digest = createHash('sha256').update(identity).digest('hex').slice(0, 8);
  const name = `${runtime}-${version.replaceAll(/[^\w.]/g, '-')}-${digest}`;
  return { origin: 'operator', version, name, entry, sha256 };
}

async function unpack(file: string, entry: string, into: string): Promise<void> {
  try {
    await run('tar', ['-x', '-f', file, '-C', into, '--no-same-owner'], { timeout: FETCH_MS });
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.split('\n')[0] ?? '';
    throw new PlatformError('not_found', `The runtime ${entry} cannot be unpacked (${reason}).`, { cause: error });
  }
  // Most archives hold everything in one folder.
  const top = await readdir(into);
  if (top.includes('bin') || top.length !== 1) return;
  const inner = join(into, top[0] as string);
  await rename(inner, `${into}.inner`);
  await rm(into, { recursive: true });
  await rename(`${into}.inner`, into);
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
