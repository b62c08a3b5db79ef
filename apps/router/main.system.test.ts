import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '@jangada/conformance/free-port';
import { type AppRoute, homeLayout, socketsOf } from '@jangada/core';
import { connectRouter } from '@jangada/router';
import { afterEach, expect, test } from 'vitest';

const MAIN = new URL('./main.ts', import.meta.url).pathname;
const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Installation {
  readonly home: string;
  readonly port: number;
  readonly socket: string;
  start(): ChildProcess;
}

async function install(port?: number): Promise<Installation> {
  const home = await mkdtemp(join(tmpdir(), 'jangada-home-'));
  const httpPort = port ?? (await freePort());
  const env = {
    ...process.env,
    JANGADA_HOME: home,
    JANGADA_INSTALL_ID: 'abcdef012345',
    JANGADA_HTTP_PORT: String(httpPort),
    JANGADA_HTTPS_PORT: String(await freePort()),
  };
  undo.push(() => rm(home, { recursive: true, force: true }));
  return {
    home,
    port: httpPort,
    socket: socketsOf(homeLayout(home)).router,
    start() {
      const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'ignore', 'pipe'] });
      undo.push(async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGTERM');
        await once(child, 'exit');
      });
      return child;
    },
  };
}

async function ready(child: ChildProcess): Promise<void> {
  for await (const line of createInterface({ input: child.stderr! })) {
    if (line.includes('"event":"ready"')) return void child.stderr!.resume();
  }
  throw new Error('the router ended before it was ready');
}

/** A router process that is ready, a client of it, and the HAProxy that it has. */
async function startReady({ start, socket }: Installation) {
  const child = start();
  await ready(child);
  const remote = connectRouter(socket);
  undo.push(async () => remote.close());
  return { child, remote, haproxyPid: (await remote.status()).haproxyPid };
}

function statusAt(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, headers: { host }, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    asking.on('error', reject);
    asking.end();
  });
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function serveDyno(): Promise<AppRoute> {
  const server = (await import('node:http'))
    .createServer((_request, response) => response.end('up'))
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    appId: 'app-a',
    appName: 'a',
    hosts: ['a.test'],
    state: 'serving',
    maintenance: false,
    dynos: [{ dynoId: 'd', name: 'web.1', address: '127.0.0.1', port, state: 'up' }],
    errorPageUrl: null,
    maintenancePageUrl: null,
    sessionAffinity: false,
  };
}

test.each(['SIGKILL', 'SIGHUP'] as const)(
  '%s to the router process fails no request of an app with a dyno, and the next one adopts HAProxy',
  async (signal) => {
    const installation = await install();
    const { port } = installation;
    const { child: first, remote, haproxyPid } = await startReady(installation);
    await remote.put(await serveDyno());
    const statuses: number[] = [];
    let asking = true;
    const clients = Array.from({ length: 4 }, async () => {
      while (asking) statuses.push(await statusAt(port, 'a.test').catch(() => 0));
    });
    const hundredMore = async (): Promise<void> => {
      const enough = statuses.length + 100;
      await expect.poll(() => statuses.length).toBeGreaterThanOrEqual(enough);
    };
    first.kill(signal);
    await once(first, 'exit');
    await hundredMore();
    const second = await startReady(installation);
    await hundredMore();
    asking = false;
    await Promise.all(clients);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await second.remote.status()).toEqual({ pid: second.child.pid, haproxyPid });
  },
);

test.each(['SIGTERM', 'shutdown'] as const)(
  '%s ends the router process and HAProxy, in order and soon',
  async (how) => {
    const installation = await install();
    const { port } = installation;
    const { child, remote, haproxyPid } = await startReady(installation);
    const exited = once(child, 'exit');
    if (how === 'SIGTERM') child.kill('SIGTERM');
    else await remote.shutdown();
    expect(await exited).toEqual([0, null]);
    expect(alive(haproxyPid!)).toBe(false);
    await expect(statusAt(port, 'a.test')).rejects.toThrow();
    await expect(remote.status()).rejects.toMatchObject({ id: 'engine_unavailable' });
  },
);

test('a port that is taken ends the start with one line that names it and its setting', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  undo.push(async () => other.close());
  const address = other.address();
  const taken = typeof address === 'object' && address ? address.port : 0;
  const { start } = await install(taken);
  const child = start();
  let text = '';
  child.stderr!.on('data', (chunk) => {
    text += chunk;
  });
  // When all that it wrote has been read, not only when it has ended.
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(text).toBe(
    `Port ${taken} is already taken on 127.0.0.1. Stop what listens there, or set JANGADA_HTTP_PORT to a free port.\n`,
  );
});

test('the idle process stays within its memory', async () => {
  const { child, haproxyPid } = await startReady(await install());
  const own = async (pid: number): Promise<number> => {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss_Anon:\s+(\d+) kB/m.exec(rollup)?.[1]) / 1024;
  };
  expect(await own(haproxyPid!)).toBeLessThan(25);
  expect(await own(child.pid!)).toBeLessThan(70);
});
