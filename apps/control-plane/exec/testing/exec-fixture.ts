import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import {
  createMemoryEngine,
  type MemoryEngine,
  type MemoryProcess,
  SAMPLE_ROWS,
  sampleSpec,
} from '@jangada/conformance';
import type { App, Dyno } from '@jangada/core';
import type { FastifyInstance } from 'fastify';
import ssh2, { type Client } from 'ssh2';
import { createHttpServer } from '../../http/server.ts';
import { createTestApi, type Person, type TestApi } from '../../http/testing/test-api.ts';
import { execRoutes } from '../../resources/exec/routes.ts';
import type { Exec } from '../exec.ts';
import { makeKeyPair } from '../host-key.ts';
import { createSshServer } from '../ssh-server.ts';

/** What the API answers to `PUT /api/v2/web.1`. */
export interface TunnelAnswer {
  readonly status: number;
  readonly body: {
    readonly tunnel_host: string;
    readonly client_user: string;
    readonly proxy_public_key: string;
    readonly dyno_ip: string;
    readonly message?: string;
  };
}

/** An app with a web dyno that is up, the API before it and the SSH server into it. */
export interface ExecFixture {
  readonly api: TestApi;
  readonly engine: MemoryEngine;
  readonly app: App;
  /** Id of the first account's authorization. */
  readonly authorization: string;
  /** Where the SSH server listens, on the loopback. */
  readonly port: number;
  readonly dyno: Dyno;
  /** Apps whose sleeping dynos were asked for, in order. */
  readonly wakes: readonly string[];
  /** Apps that were kept from falling asleep, in order. */
  readonly busy: readonly string[];
  /** How many connections the SSH server has. */
  connections(): Promise<number>;
  /** Processes that were started inside dynos. */
  readonly processes: readonly MemoryProcess[];
  /** A dyno of an app, up and running in the engine. */
  addDyno(app: App, change?: Partial<Dyno>): Promise<Dyno>;
  /** `PUT /api/v2/<dyno>`, as the CLI sends it. */
  put(dyno: string, key?: string, as?: Person, app?: string): Promise<TunnelAnswer>;
  /** `GET /api/v2`. */
  reachable(): Promise<unknown>;
  /** Connects and logs in; rejects when that fails. */
  connect(user: string, privateKey: string): Promise<Client>;
  close(): Promise<void>;
}

/** A key of a client, made once: it takes a while. */
export const CLIENT_KEY = makeKeyPair();

/** `say WORDS CODE` prints and exits; `wait` goes on; `size` prints its terminal; everything else copies its input. */
function program(process: MemoryProcess): void {
  const [verb = '', text = '', code = '0'] = (process.command.at(-1) ?? '').split(' ');
  if (verb === 'wait') return;
  if (verb === 'say' || verb === 'size') {
    process.write(verb === 'say' ? text : `${process.tty?.columns}x${process.tty?.rows}`);
    process.exit(Number(code));
    return;
  }
  process.stdin.on('data', (chunk: Buffer) => process.write(String(chunk)));
  process.stdin.on('end', () => process.exit(0));
}

export async function openExecFixture(): Promise<ExecFixture> {
  const processes: MemoryProcess[] = [];
  const engine = createMemoryEngine({
    program(process) {
      if (process.command[0] !== 'serve') processes.push(process);
      program(process);
    },
  });
  const api = await createTestApi({ engine, terminals: engine });
  const { context } = api;
  const hostKey = makeKeyPair();
  const wakes: string[] = [];
  const busy: string[] = [];
  const ssh = createSshServer(context, {
    hostKey: { privateKey: hostKey.private, publicKey: hostKey.public },
    isBusy: (appId) => void busy.push(appId),
  });
  const listening = createServer(ssh.accept).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const exec: Pick<Exec, 'tunnel' | 'wake'> = {
    tunnel: () => ({ host: '127.0.0.1', publicKey: hostKey.public }),
    wake: (appId) => void wakes.push(appId),
  };
  const server = createHttpServer(context, { routes: execRoutes(exec as Exec) });
  const clients: Client[] = [];

  const addDyno = async (app: App, change: Partial<Dyno> = {}): Promise<Dyno> => {
    const dyno = await context.store.rows.dynos.insert({
      ...SAMPLE_ROWS.dynos,
      id: context.ids.uuid(),
      appId: app.id,
      type: 'web',
      number: 1,
      name: 'web.1',
      state: 'up',
      stopping: null,
      ...change,
    });
    await engine.start(sampleSpec('image', { dynoId: dyno.id, appId: app.id, command: ['serve', 'wait'] }));
    return dyno;
  };
  await api.call('POST /apps', { name: 'demo' });
  const app = await api.appNamed('demo');
  const authorization = await context.store.rows.authorizations.find({ accountId: api.ana.account.id });
  return {
    api,
    engine,
    app,
    authorization: authorization?.id ?? '',
    port,
    dyno: await addDyno(app),
    wakes,
    busy,
    connections: () => promisify(listening.getConnections.bind(listening))(),
    processes,
    addDyno,
    put: (dyno, key = CLIENT_KEY.public, as = api.ana, name = 'demo') => put(server, dyno, key, as, name),
    async reachable() {
      const headers = { authorization: basic('demo', api.ana.token) };
      return (await server.inject({ method: 'GET', url: '/api/v2', headers })).json();
    },
    async connect(user, privateKey) {
      const client = new ssh2.Client();
      clients.push(client);
      const ready = new Promise<Client>((resolve, reject) => {
        client.on('ready', () => resolve(client));
        client.on('error', reject);
        client.on('close', () => reject(new Error('closed')));
      });
      client.connect({ host: '127.0.0.1', port, username: user, privateKey }).setNoDelay(true);
      return ready;
    },
    async close() {
      for (const client of clients) client.end();
      ssh.close();
      listening.close();
      await server.close();
    },
  };
}

async function put(server: FastifyInstance, dyno: string, key: string, as: Person, app: string): Promise<TunnelAnswer> {
  const answer = await server.inject({
    method: 'PUT',
    url: `/api/v2/${dyno}`,
    headers: { authorization: basic(app, as.token), 'content-type': 'application/json' },
    payload: JSON.stringify({ client_key: key }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
