import { mkdir } from 'node:fs/promises';
import { isPlatformError } from '@jangada/platform-api';
import { Router, serveRouter } from '@jangada/router';
import { readConfig } from './config.ts';

/** One part of the process. Started in order, stopped in reverse. */
interface Member {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** How long HAProxy may finish requests when the platform goes down. */
const GRACE_MS = 5_000;

function report(event: string, detail: Readonly<Record<string, unknown>> = {}): void {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...detail })}\n`);
}

/**
 * The router process. SIGTERM, SIGINT and the wire's `shutdown` end HAProxy too; any other death of this process leaves
 * HAProxy serving, and the next router process adopts it.
 */
async function main(): Promise<void> {
  const config = await readConfig();
  await mkdir(config.router.folder, { recursive: true, mode: 0o700 });
  await mkdir(config.run, { recursive: true });
  const router = await Router.load({ ...config.router, report });
  const members = membersOf(router, config.socket, () => void stop());
  const started: Member[] = [];
  let stopping = false;

  const stop = async (exitCode = 0): Promise<void> => {
    if (stopping) return;
    stopping = true;
    for (const member of started.reverse()) {
      await member
        .stop()
        .catch((error: unknown) => report('stop_failed', { member: member.name, error: String(error) }));
    }
    process.exit(exitCode);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());

  for (const member of members) {
    try {
      started.push(member);
      await member.start();
    } catch (error) {
      started.pop();
      complain(error);
      await stop(1);
    }
  }
  if (!config.router.certificate) report('tls_off', { why: 'the installation has no certificate yet' });
  report('ready');
}

function membersOf(router: Router, socket: string, shutdown: () => void): Member[] {
  let wire: Awaited<ReturnType<typeof serveRouter>> | null = null;
  return [
    { name: 'node side', start: () => router.listen(), stop: () => router.close() },
    { name: 'haproxy', start: () => router.start(), stop: () => router.stop(GRACE_MS) },
    {
      name: 'wire',
      start: async () => {
        wire = await serveRouter(socket, router, shutdown);
      },
      stop: async () => wire?.close(),
    },
  ];
}

/** What a person can act on is one plain line; anything else carries its stack. */
function complain(error: unknown): void {
  if (isPlatformError(error)) process.stderr.write(`${error.message}\n`);
  else report('start_failed', { error: error instanceof Error ? error.stack : String(error) });
}

process.on('unhandledRejection', (error) =>
  report('unhandled', { error: error instanceof Error ? error.stack : String(error) }),
);

main().catch((error: unknown) => {
  complain(error);
  process.exit(1);
});
