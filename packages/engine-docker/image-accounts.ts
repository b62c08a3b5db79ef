import type { IncomingMessage } from 'node:http';
import { type ImageAccounts, NO_ACCOUNTS } from './accounts.ts';
import { type DockerApi, isDockerError } from './docker-api.ts';
import { plainLabels } from './labels.ts';

/** Largest file that is read; real ones have a few kilobytes. */
const MAX_BYTES = 64 * 1024;
/** Images whose accounts are kept in memory. */
const KEPT = 256;
const READ_MS = 30_000;

/**
 * Tells the accounts of images, by name or id. Each image is asked once: a container that is never started shows its files,
 * through the engine, which follows links inside the image only. Rejects as the engine does when there is no such image.
 */
export function createImageAccounts(api: DockerApi, installId: string): (image: string) => Promise<ImageAccounts> {
  const known = new Map<string, Promise<ImageAccounts>>();
  return (image) => {
    const found = known.get(image) ?? readAccounts(api, installId, image);
    known.delete(image);
    known.set(image, found);
    found.catch(() => known.delete(image));
    const [oldest] = known.keys();
    if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
    return found;
  };
}

async function readAccounts(api: DockerApi, installId: string, image: string): Promise<ImageAccounts> {
  // One that a killed agent leaves behind is removed with the other containers that never started.
  const body = {
    Image: image,
    Entrypoint: [],
    Cmd: ['-'],
    NetworkDisabled: true,
    Labels: plainLabels(installId),
  };
  const { Id: id } = await api.call<{ Id: string }>('POST', '/containers/create', body);
  try {
    const [passwd, group] = await Promise.all([
      readPlainFile(api, id, '/etc/passwd', NO_ACCOUNTS.passwd),
      readPlainFile(api, id, '/etc/group', NO_ACCOUNTS.group),
    ]);
    return { passwd, group };
  } finally {
    await api.call('DELETE', `/containers/${id}?force=1&v=1`).catch(() => undefined);
  }
}

/** `absent` when there is no such file; null for what is no plain file, or too large. */
async function readPlainFile(
  api: DockerApi,
  containerId: string,
  path: string,
  absent: string | null,
): Promise<string | null> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), READ_MS);
  try {
    const archive = await api.stream(
      `/containers/${containerId}/archive?path=${encodeURIComponent(path)}`,
      stop.signal,
    );
    return fileIn(await beginningOf(archive, 512 + MAX_BYTES));
  } catch (error) {
    if (isDockerError(error, 404)) return absent;
    throw error;
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

async function beginningOf(archive: IncomingMessage, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of archive) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= bytes) break;
  }
  return Buffer.concat(chunks);
}

/** The content of the plain file that a tar archive begins with (ustar: size at 124, kind at 156, content from 512). */
export function fileIn(archive: Buffer): string | null {
  const kind = archive.toString('latin1', 156, 157);
  const size = Number.parseInt(archive.toString('latin1', 124, 136), 8);
  if ((kind !== '0' && kind !== '\0') || !(size <= MAX_BYTES) || archive.length < 512 + size) return null;
  return archive.toString('utf8', 512, 512 + size);
}
