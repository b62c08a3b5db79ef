import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runOk } from '../e2e/harness/run.ts';
import { timed } from './measure.ts';

/** The stack image that the platform itself uses. */
export async function stackImage(): Promise<string> {
  const { stdout } = await runOk('docker', ['images', '--format', '{{.Repository}}:{{.Tag}}', 'jangada/heroku-24']);
  const image = stdout.split('\n').find((line) => line.includes(':base-')) ?? stdout.split('\n')[0];
  if (!image) throw new Error('There is no stack image. Start the platform once.');
  return image;
}

/**
 * Milliseconds of a plain `docker run` of `node web.js` in `folder`, until it answers. With `slug`, the squashfs file of one,
 * it is mounted first and the container has an overlay on it, as dynos have.
 */
export async function floorContainer(folder: string, slug: string | null = null): Promise<number> {
  const image = await stackImage();
  const name = `jangada-bench-${randomUUID().slice(0, 8)}`;
  const node = dirname(process.execPath);
  const places = slug === null ? null : await mkdtemp(join(tmpdir(), 'jangada-bench-'));
  const app = places === null ? ['-v', `${folder}:/app:ro`] : ['--mount', overlayOn(places)];
  const mounts = [...app, '-v', `${node}:/opt/node:ro`];
  try {
    return await timed(async () => {
      if (places !== null && slug !== null) await mountSlug(slug, places);
      await runOk('docker', [
        'run',
        '-d',
        '--name',
        name,
        '--init',
        '-e',
        'PORT=4000',
        '-w',
        '/app',
        ...mounts,
        image,
        '/opt/node/node',
        'web.js',
      ]);
      const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
      const { stdout } = await runOk('docker', ['inspect', '-f', format, name]);
      await answered(stdout.trim(), 4000);
    });
  } finally {
    await runOk('docker', ['rm', '-f', '-v', name]);
    if (places !== null) {
      await runOk('umount', [join(places, 'lower')]);
      await rm(places, { recursive: true, force: true });
    }
  }
}

async function mountSlug(slug: string, places: string): Promise<void> {
  await Promise.all(['lower', 'upper', 'work'].map((name) => mkdir(join(places, name))));
  await runOk('mount', ['-t', 'squashfs', '-o', 'loop,ro', slug, join(places, 'lower')]);
}

/** The value of Docker's `--mount`; commas within a part need quotes. */
function overlayOn(places: string): string {
  const options = ['lower', 'upper', 'work'].map((name) => `${name}dir=${join(places, name)}`).join(',');
  const driver = 'volume-driver=local,volume-opt=type=overlay,volume-opt=device=overlay';
  return `type=volume,dst=/app,${driver},"volume-opt=o=${options}"`;
}

async function answered(host: string, port: number): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; ) {
    if (Date.now() > deadline) throw new Error(`${host}:${port} did not answer within a minute.`);
    const ok = await new Promise<boolean>((resolve) => {
      const request = get({ host, port, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      });
      request.on('error', () => resolve(false));
    });
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
