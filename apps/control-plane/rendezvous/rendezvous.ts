import type { Duplex } from 'node:stream';
import type { Dyno } from '@jangada/core';
import type { Context } from '../context.ts';
import { dynoLines, logDyno } from '../reconcile/dyno-log.ts';
import { type AttachedProcess, bridgeTerminal } from './bridge.ts';

/** Milliseconds that a started one-off waits for its client (behaviour 1.6: R13 after about 30 s). */
const CLIENT_WAIT_MS = 30_000;

/** Milliseconds in which a client that is sent away must have taken the reason. */
const LAST_WORD_MS = 5_000;

/** Something that a person may attach to once: opened when the client comes. */
export interface Session {
  readonly dyno: Pick<Dyno, 'id' | 'appId' | 'name'>;
  /** Starts the process. */
  open(): Promise<AttachedProcess>;
  /** The process is over, or nobody came. */
  done(): Promise<void>;
}

/** Hands the two ends of an attached process to each other (cli-contract 3.7). */
export interface Rendezvous {
  /** Expects a client with the returned secret within 30 seconds. */
  expect(session: Session): string;
  /** Takes a connection over whose first line was `secret`. Resolves when the session is over. */
  accept(secret: string, client: Duplex): Promise<void>;
  /** Ends every session. */
  close(): Promise<void>;
}

export function createRendezvous(context: Context): Rendezvous {
  const waiting = new Map<string, { session: Session; answered: AbortController }>();
  const running = new Map<Promise<void>, Duplex>();

  const finish = async (session: Session): Promise<void> => {
    await session.done().catch((error: unknown) => {
      context.report('rendezvous.finish-failed', { dyno: session.dyno.name, error: String(error) });
    });
  };

  const nobodyCame = async (secret: string, session: Session): Promise<void> => {
    waiting.delete(secret);
    await logDyno(context, session.dyno, dynoLines.attachError);
    await finish(session);
  };

  /** Not every client hangs up when it is told to. */
  const sendAway = (client: Duplex, reason: string): void => {
    if (client.destroyed) return;
    const gone = new AbortController();
    client.once('close', () => gone.abort());
    client.on('error', () => undefined);
    client.resume().end(reason);
    context.clock.sleep(LAST_WORD_MS, gone.signal).then(
      () => client.destroy(),
      () => undefined,
    );
  };

  const serve = async (session: Session, client: Duplex): Promise<void> => {
    try {
      client.write('rendezvous\r\n');
      await bridgeTerminal(client, await session.open(), context.clock);
    } catch (error) {
      context.report('rendezvous.failed', { dyno: session.dyno.name, error: String(error) });
      sendAway(client, `\r\n !     ${error instanceof Error ? error.message : 'The dyno could not be started.'}\r\n`);
      await logDyno(context, session.dyno, dynoLines.attachError);
    } finally {
      await finish(session);
    }
  };

  return {
    expect(session) {
      const secret = context.ids.secret(20);
      const answered = new AbortController();
      waiting.set(secret, { session, answered });
      context.clock.sleep(CLIENT_WAIT_MS, answered.signal).then(
        () => nobodyCame(secret, session),
        () => undefined,
      );
      return secret;
    },

    async accept(secret, client) {
      const expected = waiting.get(secret);
      if (!expected) {
        sendAway(
          client,
          'rendezvous\r\n !     This attach address is not valid (any more). Run the command again.\r\n',
        );
        return;
      }
      waiting.delete(secret);
      expected.answered.abort();
      const session = serve(expected.session, client);
      running.set(session, client);
      await session.finally(() => running.delete(session));
    },

    async close() {
      for (const { answered } of waiting.values()) answered.abort();
      for (const client of running.values()) client.destroy();
      await Promise.allSettled(running.keys());
    },
  };
}
