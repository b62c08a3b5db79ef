import { mkdir } from 'node:fs/promises';
import { blobPath } from '@jangada/blob-store';
import { serveAgent } from '@jangada/engine-agent';
import { createDockerEngine } from '@jangada/engine-docker';
import { report, runMembers } from '@jangada/process';
import { readConfig } from './config.ts';

/** The node agent: everything of an installation that is local to one machine. Stopping it stops no dyno. */
await runMembers(async () => {
  const { home, installId, dockerSocket, publicPorts, dynoUids, socket } = readConfig(process.env);
  await mkdir(home.run, { recursive: true, mode: 0o700 });
  const engine = createDockerEngine({
    installId,
    home,
    socketPath: dockerSocket,
    publicPorts,
    dynoUids,
    slugFile: (digest) => blobPath(home.blobs, digest),
    report,
  });
  let server: Awaited<ReturnType<typeof serveAgent>> | null = null;
  return [
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
});
