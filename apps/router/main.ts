import { mkdir } from 'node:fs/promises';
import { report, runMembers } from '@jangada/process';
import { Router, serveRouter } from '@jangada/router';
import { readConfig } from './config.ts';

/** How long HAProxy may finish requests when the platform goes down, and how long its end may take after that. */
const GRACE_MS = 5_000;
const END_MS = 4_000;

/**
 * The router process. SIGTERM, SIGINT and the wire's `shutdown` end HAProxy too; SIGHUP and any other death of this process
 * leave HAProxy serving, and the next router process adopts it.
 */
await runMembers(async (shutdown) => {
  const config = await readConfig();
  await mkdir(config.router.folder, { recursive: true, mode: 0o700 });
  await mkdir(config.run, { recursive: true });
  const router = await Router.load({ ...config.router, report });
  let wire: Awaited<ReturnType<typeof serveRouter>> | null = null;
  return [
    { name: 'node side', start: () => router.listen(), stop: () => router.close() },
    {
      name: 'haproxy',
      start: () => router.start(),
      stop: () => router.stop(GRACE_MS),
      handOver: async () => router.release(),
      stopLimitMs: GRACE_MS + END_MS + 1_000,
    },
    {
      name: 'wire',
      start: async () => {
        wire = await serveRouter(config.socket, router, shutdown);
        if (!config.router.certificate) report('tls_off', { why: 'the installation has no certificate yet' });
      },
      stop: async () => wire?.close(),
    },
  ];
});
