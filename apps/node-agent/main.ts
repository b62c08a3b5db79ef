import { mkdir } from 'node:fs/promises';
import { blobPath } from '@jangada/blob-store';
import { serveAgent } from '@jangada/engine-agent';
import { createDockerEngine } from '@jangada/engine-docker';
import { isPlatformError } from '@jangada/platform-api';
import { readConfig } from './config.ts';
import { type Member, type Report, startMembers } from './members.ts';

const report: Report = (event, detail = {}) => {
  process.stderr.write(`${JSON.stringify({ event, ...detail })}\n`);
};

/** The node agent: everything of an installation that is local to one machine. Stopping it stops no dyno. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const { home, installId, dockerSocket, socket } = config;
  await mkdir(home.run, { recursive: true, mode: 0o700 });
  const engine = createDockerEngine({
    installId,
    home,
    socketPath: dockerSocket,
    slugFile: (digest) => blobPath(home.blobs, digest),
    report,
  });
  let server: Awaited<ReturnType<typeof serveAgent>> | null = null;
  const members: readonly Member[] = [
    // First, because a second agent must find out here that it is one, before it touches anything.
    {
      name: 'socket',
      start: async () => {
        server = await serveAgent(socket, engine);
      },
      stop: async () => server?.close(),
    },
    { name: 'engine', start: () => engine.open(), stop: () => engine.close() },
  ];
  const stop = await startMembers(members, report);
  const end = (): void => {
    void stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  report('ready');
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  report('failed', { message, ...(isPlatformError(error) ? { id: error.id } : {}) });
  process.exit(1);
});
