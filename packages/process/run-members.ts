import { setTimeout as delay } from 'node:timers/promises';
import { isPlatformError } from '@jangada/platform-api';
import { report } from './report.ts';

/** Milliseconds that a member may take to stop. Then it is left behind: nothing of the platform depends on a clean end. */
const STOP_LIMIT_MS = 4_000;

/** One part of a process. */
export interface Member {
  readonly name: string;
  /** Resolves when others may rely on it. */
  start(): Promise<void>;
  /** Called in reverse order of the starts, for what was started. A start that fails cleans up after itself. */
  stop(): Promise<void>;
  /** Called instead of `stop` when the next process of its kind follows at once, for what may go on meanwhile. */
  handOver?(): Promise<void>;
  /** Milliseconds that `stop` may take. Default 4,000. */
  readonly stopLimitMs?: number;
}

/**
 * Runs a process: starts the members in order, reports `ready`, and stops them in reverse on SIGTERM, SIGINT or a call of
 * the function that `members` gets; on SIGHUP they hand over. What a person can act on is one plain line and exit status 1.
 */
export async function runMembers(members: (shutdown: () => void) => Promise<readonly Member[]>): Promise<void> {
  const started: Member[] = [];
  let stopping = false;

  const stop = async (status: number, how: 'stop' | 'handOver' = 'stop'): Promise<void> => {
    if (stopping) return;
    stopping = true;
    for (const member of started.toReversed()) {
      const end = (how === 'handOver' && member.handOver) || member.stop;
      const stopped = end.call(member).catch((error: unknown) => {
        report('stop-failed', { member: member.name, error: String(error) });
      });
      const limit = member.stopLimitMs ?? STOP_LIMIT_MS;
      const late = setTimeout(() => report('stop-late', { member: member.name }), limit - 1);
      await Promise.race([stopped, delay(limit)]);
      clearTimeout(late);
    }
    process.exit(status);
  };

  process.on('SIGTERM', () => void stop(0));
  process.on('SIGINT', () => void stop(0));
  process.on('SIGHUP', () => void stop(0, 'handOver'));
  process.on('unhandledRejection', (error) => report('unhandled', { error: textOf(error) }));
  try {
    for (const member of await members(() => void stop(0))) {
      await member.start();
      started.push(member);
    }
    report('ready');
  } catch (error) {
    if (isPlatformError(error)) process.stderr.write(`${error.message}\n`);
    else report('start-failed', { error: textOf(error) });
    await stop(1);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
