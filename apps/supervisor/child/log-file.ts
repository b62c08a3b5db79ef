import { copyFile, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of the current file before it is put aside; together with the previous one twice as much is kept. */
const MAX_BYTES = 5 * 1024 * 1024;

/**
 * A child writes straight into its log file (opened for appending), so its output needs no process of ours: it survives
 * the supervisor's death. The price: the file is bounded by copying and truncating, which may drop lines written between.
 */
export function logPath(folder: string, name: string): string {
  return join(folder, `${name}.log`);
}

/** Puts the file aside as `<name>.log.1` once it is too large. True when it did. */
export async function boundLog(path: string, maxBytes = MAX_BYTES): Promise<boolean> {
  const size = await sizeOf(path);
  if (size <= maxBytes) return false;
  await copyFile(path, `${path}.1`);
  await truncate(path, 0);
  return true;
}

export function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.size,
    () => 0,
  );
}

/** Text from a byte offset on. An offset behind the end (the file was put aside) reads from the beginning. */
export async function readFrom(path: string, offset: number): Promise<{ text: string; next: number }> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const from = offset > size ? 0 : offset;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size - from, 1024 * 1024)), 0, undefined, from);
    return { text: buffer.toString('utf8', 0, bytesRead), next: from + bytesRead };
  } finally {
    await file.close();
  }
}
