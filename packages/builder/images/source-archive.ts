import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { ArchiveFormat } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { extract, type Header, pack } from 'tar-stream';

/** Bytes of one file that is looked into. */
const MAX_TEXT_BYTES = 1024 * 1024;

/**
 * The source of a build, kept as a plain archive that can be read again. Never unpacked on the machine: entries go from one
 * archive to the next.
 */
export interface SourceArchive {
  /** The texts of these files, by path; those that are not there, or no plain files, are left out. */
  texts(paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** An archive of a folder of it (empty: all of it). `isLeftOut` is asked with paths in that folder. */
  folder(path: string, isLeftOut: (path: string) => boolean): Readable;
}

export interface SpoolOptions {
  readonly folder: string;
  /** Undefined: plain tar of the platform's own git, taken as it is; otherwise a folder that holds everything is taken off. */
  readonly format: ArchiveFormat | undefined;
  /** Folder of the source that is the app. */
  readonly sourceDir: string | null;
  /** Bytes that it may unpack to. */
  readonly limit: number;
}

/** Throws `invalid_params` for what is no archive, and `payload_too_large` above the limit. */
export async function spoolSource(
  source: Readable,
  options: SpoolOptions,
  signal: AbortSignal,
): Promise<SourceArchive> {
  const file = join(options.folder, 'source.tar');
  try {
    await pipeline(source, unpacker(options.format), atMost(options.limit), createWriteStream(file), { signal });
  } catch (error) {
    if (signal.aborted || error instanceof PlatformError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') throw error;
    throw damaged();
  }
  const wrapping = options.format === undefined ? null : await wrappingFolder(file);
  const root = [wrapping, options.sourceDir].filter((part) => part !== null).join('/');
  return {
    async texts(paths) {
      const texts = new Map<string, string>();
      const wanted = new Set(paths);
      await eachEntry(file, root, async (path, header, content) => {
        if (!wanted.has(path) || header.type !== 'file' || (header.size ?? 0) > MAX_TEXT_BYTES) return;
        const chunks: Buffer[] = [];
        for await (const chunk of content) chunks.push(chunk);
        texts.set(path, Buffer.concat(chunks).toString('utf8'));
      });
      return texts;
    },

    folder: (path, isLeftOut) => repack(file, [root, path].filter((part) => part !== '').join('/'), isLeftOut),
  };
}

/** Another archive out of the entries below `root`. */
function repack(file: string, root: string, isLeftOut: (path: string) => boolean): Readable {
  const target = pack();
  eachEntry(file, root, async (path, header, content) => {
    if (isLeftOut(path)) return;
    const { type, mode, mtime, size, linkname } = header;
    const base = { name: path, type: type ?? 'file', mode: mode ?? 0o644, mtime: mtime ?? new Date(), uid: 0, gid: 0 };
    if (type === 'file') {
      const entry = target.entry({ ...base, size: size ?? 0 });
      for await (const chunk of content) {
        if (!entry.write(chunk)) await either(entry, 'drain', 'close');
        // Nobody reads any more.
        if (target.destroyed) throw damaged();
      }
      entry.end(null);
      if (!entry.destroyed) await either(entry, 'finish', 'close');
    } else if (type === 'directory') {
      target.entry(base);
    } else if (type === 'symlink' && linkname) {
      target.entry({ ...base, linkname });
    } else if (type === 'link' && linkname) {
      const inside = below(root, linkname);
      if (inside !== null && inside !== '') target.entry({ ...base, linkname: inside });
    }
  }).then(
    () => target.finalize(),
    (error: unknown) => target.destroy(error instanceof Error ? error : damaged()),
  );
  return Readable.from(target, { objectMode: false });
}

function either(emitter: Pick<NodeJS.EventEmitter, 'once'>, ...events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    for (const event of events) emitter.once(event, () => resolve());
  });
}

/** The one folder at the top that holds everything; null when there is none. */
async function wrappingFolder(file: string): Promise<string | null> {
  const tops = new Set<string>();
  let hasFileAtTop = false;
  await eachEntry(file, '', async (path, { type }) => {
    const [top, inside] = path.split('/');
    if (top !== undefined) tops.add(top);
    hasFileAtTop ||= inside === undefined && type !== 'directory';
  });
  return tops.size === 1 && !hasFileAtTop ? ([...tops][0] ?? null) : null;
}

/** Entries below `root` in order, with their paths in it. Throws `invalid_params` when the archive is damaged. */
async function eachEntry(
  file: string,
  root: string,
  take: (path: string, header: Header, content: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const archive = createReadStream(file);
  const entries = extract();
  archive.on('error', (error) => entries.destroy(error));
  archive.pipe(entries as unknown as NodeJS.WritableStream);
  try {
    for await (const entry of entries) {
      const path = below(root, entry.header.name);
      if (path !== null && path !== '') await take(path, entry.header, entry as AsyncIterable<Buffer>);
      entry.resume();
    }
  } catch (error) {
    if (error instanceof PlatformError) throw error;
    throw damaged();
  } finally {
    archive.destroy();
  }
}

/** A path of the archive as one below `root`, without dots and doubled slashes; null when it is not. Throws for `..`. */
function below(root: string, name: string): string | null {
  const names = name.split('/').filter((part) => part !== '' && part !== '.');
  if (names.includes('..'))
    throw new PlatformError('invalid_params', `The archive has a path with "..": ${name.slice(0, 200)}.`);
  const path = names.join('/');
  if (root === '') return path;
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : null;
}

function unpacker(format: ArchiveFormat | undefined): NodeJS.ReadWriteStream {
  if (format === undefined || format === 'tar') return new PassThrough();
  if (format === 'gzip') return createGunzip();
  if (format === 'zstd') return createZstdDecompress();
  const message = `Archives packed as ${format} cannot be built on the container stack. Pack them with gzip: tar -czf source.tgz .`;
  throw new PlatformError('invalid_params', message);
}

function atMost(limit: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > limit) done(new PlatformError('payload_too_large', 'The source is too large when it is unpacked.'));
      else done(null, chunk);
    },
  });
}

function damaged(): PlatformError {
  return new PlatformError('invalid_params', 'The archive is damaged. Pack and upload it again.');
}
