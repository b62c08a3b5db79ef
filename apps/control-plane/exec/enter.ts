import type { Terminal, TerminalSize } from '@jangada/core';
import type { Context } from '../context.ts';
import { carry, type Line } from './carry.ts';
import { forwardCommand } from './forwarding.ts';
import { guardLogin } from './guard-login.ts';
import type { Login } from './log-in.ts';
import { serveSession } from './shell-session.ts';
import type { Slots } from './slots.ts';

/** Sessions and tunnels that one connection may have open. */
export const CHANNELS = 64;

/** Serves a client that has logged in: sessions and tunnels, each a process in the dyno. */
export function enterDyno(context: Context, login: Login, processes: Slots, line: Line): void {
  const { app, dyno, inside, account } = login;
  const { client, socket } = line;
  // Each of the channels waits for these to take more.
  client.setMaxListeners(0);
  socket.setMaxListeners(0);
  let channels = 0;
  const closed = (): void => {
    channels -= 1;
  };
  const report = (error: unknown): void =>
    context.report('exec.failed', { app: app.name, dyno: dyno.name, account: account.email, error: String(error) });
  const requireLogin = guardLogin(context, login, line, report);

  const start = async (
    command: readonly string[],
    tty: TerminalSize | null,
    signal: AbortSignal,
  ): Promise<Terminal> => {
    await requireLogin();
    processes.take(dyno.id);
    const give = (): void => processes.give(dyno.id);
    try {
      const terminal = await context.terminals.exec(dyno.id, command, tty, signal);
      terminal.exited.then(give, give);
      return terminal;
    } catch (error) {
      give();
      throw error;
    }
  };

  client.on('session', (accept, reject) => {
    if (channels >= CHANNELS) return reject();
    channels += 1;
    const session = accept();
    session.on('close', closed);
    serveSession(session, { inside, start, line, report });
  });

  client.on('tcpip', (accept, reject, destination) => {
    void forwardTo(destination).then((command) => {
      if (command === null || channels >= CHANNELS) return reject();
      channels += 1;
      const channel = accept();
      channel.once('close', closed);
      return carry(channel, (signal) => start(command, null, signal), line)
        .catch(report)
        .finally(() => channel.resume().end());
    });
  });

  /** The dyno's own address is asked for only when a client names one that is not the loopback. */
  async function forwardTo(destination: Parameters<typeof forwardCommand>[0]): Promise<readonly string[] | null> {
    const loopback = forwardCommand(destination, null);
    return loopback ?? forwardCommand(destination, await addressOf(context, dyno.id));
  }
}

/** Null when the engine does not know. */
export async function addressOf({ engine }: Context, dynoId: string): Promise<string | null> {
  const dynos = await engine.list().catch(() => []);
  return dynos.find((one) => one.dynoId === dynoId)?.address ?? null;
}
