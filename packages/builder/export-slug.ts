import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { PlatformError } from '@jangada/platform-api';

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * A slug as Heroku gives it out: a gzipped tar archive with the app in `./app`. `image` is the slug's file; `workFolder` is
 * where it is unpacked for as long as the stream is read. The stream fails when the disk is full.
 */
export async function exportSlug(image: string, workFolder: string, signal: AbortSignal): Promise<Readable> {
  const folder = join(workFolder, randomUUID());
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await run('unsquashfs', ['-no-progress', '-no-xattrs', '-d', join(folder, 'app'), image], signal);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return Readable.from(archive(folder, signal), { objectMode: false });
}

/** Fast rather than small: whoever downloads a slug waits for it. */
async function* archive(folder: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const args = ['-c', '--owner=0', '--group=0', '--numeric-owner', '-C', folder, './app'];
  const tar = spawn('tar', args, { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH }, signal });
  const ended = exitOf(tar);
  try {
    const zip = createGzip({ level: 1 });
    tar.stdout.on('error', (error) => zip.destroy(error)).pipe(zip);
    for await (const chunk of zip) yield chunk as Buffer;
    if ((await ended) !== 0) throw new PlatformError('internal_server_error', 'The slug could not be packed.');
  } finally {
    tar.kill();
    await ended.catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(program: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const code = await exitOf(spawn(program, args, { stdio: 'ignore', env: { PATH }, signal, killSignal: 'SIGKILL' }));
  if (code !== 0) throw new PlatformError('disk_full', 'The slug cannot be unpacked. Is there room on the disk?');
}

function exitOf(child: ReturnType<typeof spawn>): Promise<number | null> {
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ended.catch(() => undefined);
  return ended;
}
