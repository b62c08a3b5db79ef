import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { dirname } from 'node:path';
import { runOk } from '../e2e/harness/run.ts';
import { timed } from './measure.ts';

/** The stack image that the platform itself uses. */
export async function stackImage(): Promise<string> {
  const { stdout } = await runOk('docker', ['images', '--format', '{{.Repository}}:{{.Tag}}', 'jangada/heroku-24']);
  const image = stdout.split('\n').find((line) => line.includes(':base-')) ?? stdout.split('\n')[0];
  if (!image) throw new Error('There is no stack image. Start the platform once.');
  return image;
}

/** Milliseconds of a plain `docker run` of `node web.js` in `folder`, until it answers. */
export async function floorContainer(folder: string): Promise<number> {
  const image = await stackImage();
  const name = `jangada-bench-${randomUUID().slice(0, 8)}`;
  const node = dirname(process.execPath);
  const mounts = ['-v', `${folder}:/app:ro`, '-v', `${node}:/opt/node:ro`];
  try {
    return await timed(async () => {
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
    await runOk('docker', ['rm', '-f', name]);
  }
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
