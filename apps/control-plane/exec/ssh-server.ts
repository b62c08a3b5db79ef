import type { Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection, type PublicKeyAuthContext, type ServerConfig } from 'ssh2';
import type { Context } from '../context.ts';
import { enterDyno } from './enter.ts';
import type { HostKey } from './host-key.ts';
import { type Login, logIn } from './log-in.ts';
import { keepAwake, type Presence } from './presence.ts';
import { createSlots } from './slots.ts';

/** Connections at a time, and among them those that have not logged in. */
const CONNECTIONS = { all: 500, strangers: 50 } as const;

/** Milliseconds to log in, and keys that a client may try meanwhile. */
const LOGIN = { withinMs: 20_000, attempts: 6 } as const;

/** Processes in one dyno at a time, for all its clients together. */
const PROCESSES = 100;

/** Milliseconds between questions to a silent client, and how many may stay without an answer. */
const KEEP_ALIVE = { everyMs: 15_000, count: 4 } as const;

/** SSH into dynos: `ps:exec`, `ps:copy`, `ps:forward`, `ps:socks` (cli-contract 3.12). */
export interface SshServer {
  /** Serves one connection, of which nothing was read. */
  accept(socket: Socket): void;
  /** Breaks every connection, which ends what runs over it. */
  close(): void;
}

export interface SshServerOptions extends Pick<Presence, 'isBusy'> {
  readonly hostKey: HostKey;
}

export function createSshServer(context: Context, { hostKey, isBusy }: SshServerOptions): SshServer {
  const processes = createSlots(PROCESSES, 'processes of ps:exec run in a dyno at a time');
  const config: ServerConfig = {
    hostKeys: [hostKey.privateKey],
    ident: 'jangada',
    keepaliveInterval: KEEP_ALIVE.everyMs,
    keepaliveCountMax: KEEP_ALIVE.count,
  };
  const sockets = new Set<Socket>();
  const strangers = new Set<Socket>();

  const welcome = (client: Connection, login: Login, socket: Socket): void => {
    const gone = new AbortController();
    const leave = keepAwake({ isBusy }, login.app.id);
    socket.once('close', () => {
      leave();
      gone.abort();
    });
    enterDyno(context, login, processes, { client, socket, gone: gone.signal });
  };

  const greet = (client: Connection, socket: Socket): void => {
    let attempts = 0;
    client.on('error', () => undefined);
    client.on('authentication', (attempt) => {
      if (attempt.method === 'publickey') attempts += 1;
      if (attempts > LOGIN.attempts) return void client.end();
      admit(context, attempt).then(
        (login) => {
          // Gone while the login was looked at: its `close` would not be told again to what is set up now.
          if (socket.destroyed) return;
          if (login === null) return attempt.reject(['publickey']);
          if (login !== 'probe') {
            strangers.delete(socket);
            client.once('ready', () => welcome(client, login, socket));
          }
          attempt.accept();
        },
        (error: unknown) => {
          context.report('exec.login-failed', { error: String(error) });
          attempt.reject(['publickey']);
        },
      );
    });
  };

  return {
    accept(socket) {
      socket.on('error', () => undefined);
      if (sockets.size >= CONNECTIONS.all || strangers.size >= CONNECTIONS.strangers) {
        socket.destroy();
        return;
      }
      sockets.add(socket);
      strangers.add(socket);
      const late = setTimeout(() => strangers.has(socket) && socket.destroy(), LOGIN.withinMs);
      socket.once('close', () => {
        clearTimeout(late);
        sockets.delete(socket);
        strangers.delete(socket);
      });
      // One server a socket: ssh2 does not say to which of several a client belongs.
      new ssh2.Server(config, (client) => greet(client, socket)).injectSocket(socket);
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Null: no. `probe`: the client only asks whether this key would do, and has proved nothing yet. */
async function admit(context: Context, attempt: AuthContext): Promise<Login | 'probe' | null> {
  if (attempt.method !== 'publickey') return null;
  const login = await logIn(context, attempt.username, attempt.key.data);
  if (login === null) return null;
  if (attempt.signature === undefined) return 'probe';
  return isSigned(attempt) ? login : null;
}

function isSigned({ key, blob, signature, hashAlgo }: PublicKeyAuthContext): boolean {
  const parsed = ssh2.utils.parseKey(`${key.algo} ${key.data.toString('base64')}`);
  if (parsed instanceof Error || blob === undefined || signature === undefined) return false;
  return parsed.verify(blob, signature, hashAlgo) === true;
}
