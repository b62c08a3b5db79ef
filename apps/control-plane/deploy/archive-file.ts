import type { Readable } from 'node:stream';
import { PlatformError } from '@jangada/platform-api';

const BLOCK = 512;

/** Bytes of an archive that are looked through. */
const MAX_ARCHIVE_BYTES = 2 * 1024 ** 3;

/** Bytes of one file that is read. */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * Reads one file at the top of a tar archive, or at the top of the one folder that holds everything. Null when there is
 * none. Throws `invalid_params` when the archive is damaged. Nothing is unpacked.
 */
export async function readArchiveFile(archive: Readable, name: string): Promise<string | null> {
  const bytes = createReader(archive);
  const tops = new Set<string>();
  let inFolder: string | null = null;
  let longName: string | null = null;
  for (;;) {
    const header = await bytes.take(BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const { path, size, type } = readHeader(header);
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'x' || type === 'L') {
      const content = (await bytes.take(padded, MAX_FILE_BYTES)).toString('utf8', 0, size);
      longName = type === 'L' ? content.replace(/\0.*$/s, '') : (/\d+ path=(.*)\n/.exec(content)?.[1] ?? null);
      continue;
    }
    const parts = (longName ?? path).split('/').filter((part) => part !== '' && part !== '.');
    longName = null;
    if (type !== 'g' && parts[0] !== undefined) tops.add(parts[0]);
    const wanted = (type === '0' || type === '\0') && parts.at(-1) === name && parts.length <= 2;
    if (!wanted) {
      await bytes.skip(padded);
      continue;
    }
    const content = (await bytes.take(padded, MAX_FILE_BYTES)).toString('utf8', 0, size);
    if (parts.length === 1) return content;
    inFolder = content;
  }
  return tops.size === 1 ? inFolder : null;
}

function readHeader(header: Buffer): { readonly path: string; readonly size: number; readonly type: string } {
  const field = (from: number, to: number): string => header.toString('utf8', from, to).replace(/\0.*$/s, '');
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? field(345, 500) : '';
  const path = prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`;
  const size = (header[124] ?? 0) & 0x80 ? Number(header.readBigUInt64BE(128)) : Number.parseInt(field(124, 136), 8);
  if (!Number.isSafeInteger(size) || size < 0) throw damaged();
  return { path, size, type: String.fromCharCode(header[156] ?? 0) };
}

function createReader(archive: Readable) {
  const chunks = archive[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let held: Buffer = Buffer.alloc(0);
  let seen = 0;

  const more = async (): Promise<Buffer> => {
    const next = await chunks.next().catch(() => {
      throw damaged();
    });
    if (next.done) throw damaged();
    seen += next.value.length;
    if (seen > MAX_ARCHIVE_BYTES) throw new PlatformError('invalid_params', 'The archive is too large when unpacked.');
    return next.value;
  };
  return {
    async take(size: number, limit = size): Promise<Buffer> {
      if (size > limit) throw new PlatformError('invalid_params', 'The file is too large.');
      while (held.length < size) held = Buffer.concat([held, await more()]);
      const taken = held.subarray(0, size);
      held = held.subarray(size);
      return taken;
    },
    async skip(size: number): Promise<void> {
      let left = size - held.length;
      held = held.subarray(Math.min(size, held.length));
      while (left > 0) {
        const chunk = await more();
        held = chunk.subarray(Math.min(left, chunk.length));
        left -= chunk.length;
      }
    },
  };
}

function damaged(): PlatformError {
  return new PlatformError('invalid_params', 'The archive is damaged. Pack and upload it again.');
}
