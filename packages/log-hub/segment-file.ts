import { type FileHandle, open, readdir, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine, StoredLine } from '@jangada/core';
import { codeOf } from './disk-error.ts';

/**
 * A file with lines of one app, named by the id of its first line; the others have the ids that follow. One line of the file
 * is `["<at>","<source>","<ps>","<text>"]`.
 */
export interface Segment {
  readonly first: number;
  /** Lines that are complete. */
  count: number;
  /** Bytes that they take. */
  bytes: number;
  /** When the last of them was written, in milliseconds since the epoch. */
  writtenAt: number;
}

const NAME = /^(\d{16})\.log$/;

export function segmentPath(folder: string, first: number): string {
  return join(folder, `${String(first).padStart(16, '0')}.log`);
}

/** The segments of a folder, oldest first. A last line that a crash left torn is cut off. None when there is no folder. */
export async function findSegments(folder: string): Promise<Segment[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const firsts = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  firsts.sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (const [index, first] of firsts.entries()) {
    const { size, mtimeMs } = await stat(segmentPath(folder, first));
    const next = firsts[index + 1];
    const segment: Segment = { first, count: (next ?? first) - first, bytes: size, writtenAt: mtimeMs };
    if (next === undefined) await completeLast(folder, segment);
    segments.push(segment);
  }
  return segments;
}

async function completeLast(folder: string, segment: Segment): Promise<void> {
  const path = segmentPath(folder, segment.first);
  const content = await readFile(path);
  let end = content.indexOf(10);
  while (end !== -1) {
    segment.count += 1;
    segment.bytes = end + 1;
    end = content.indexOf(10, end + 1);
  }
  if (segment.count === 0) segment.bytes = 0;
  if (segment.bytes < content.length) await truncate(path, segment.bytes);
}

export function openSegment(folder: string, segment: Segment): Promise<FileHandle> {
  return open(segmentPath(folder, segment.first), 'a', 0o600);
}

export function encodeLines(lines: readonly LogLine[]): Buffer {
  let text = '';
  for (const { at, source, ps, text: content } of lines) text += `${JSON.stringify([at, source, ps, content])}\n`;
  return Buffer.from(text);
}

/** Lines of a segment as they are stored, oldest first; none when the segment is gone. `decodeLine` reads one. */
export async function readSegment(folder: string, segment: Segment): Promise<string[]> {
  const { count } = segment;
  try {
    return (await readFile(segmentPath(folder, segment.first), 'utf8')).split('\n', count);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Null when the stored text is damaged, as a power cut may leave it. */
export function decodeLine(appId: string, id: number, stored: string): StoredLine | null {
  try {
    const [at, source, ps, text] = JSON.parse(stored) as [string, LogLine['source'], string, string];
    return { id, line: { appId, at, source, ps, text } };
  } catch {
    return null;
  }
}
