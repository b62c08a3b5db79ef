import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EventRecorder, readLines, SHELL_PROGRAMS, sampleSpec } from '@jangada/conformance';
import type { DynoSpec } from '@jangada/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containerName } from './container-spec.ts';
import { createDockerEngine, type DockerEngine } from './index.ts';
import { openTestInstallation, TEST_IMAGE, type TestInstallation } from './test-installation.ts';

/** Stands between an engine of ours and Docker, and can break all connections: Docker goes away while containers go on. */
class BreakableSocket {
  readonly path: string;
  #server: Server | null = null;
  readonly #open = new Set<Socket>();

  constructor(path: string) {
    this.path = path;
  }

  async mend(): Promise<void> {
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      const docker = createConnection({ path: '/var/run/docker.sock', allowHalfOpen: true });
      for (const [from, to] of [
        [client, docker],
        [docker, client],
      ] as const) {
        this.#open.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#open.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
    this.#server.listen(this.path);
    await once(this.#server, 'listening');
  }

  async break(): Promise<void> {
    const closed = once(this.#server!, 'close');
    this.#server!.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }
}

let installation: TestInstallation;
let socket: BreakableSocket;
let engine: DockerEngine;
const reports: string[] = [];

beforeAll(async () => {
  installation = await openTestInstallation();
  await installation.engine.close();
  socket = new BreakableSocket(join(installation.slugs, 'docker.sock'));
  await socket.mend();
  engine = createDockerEngine({
    ...installation.options,
    socketPath: socket.path,
    report: (event) => reports.push(event),
  });
  await engine.open();
});
afterAll(async () => {
  await engine.teardown();
  await engine.close();
  await socket.break();
  await installation.close();
});

/** What Docker itself says of a dyno, which the engine of ours cannot ask meanwhile. */
async function statusInDocker({ dynoId }: DynoSpec): Promise<string> {
  const name = containerName(installation.options.installId, dynoId);
  return (await promisify(execFile)('docker', ['inspect', '--format', '{{.State.Status}}', name])).stdout.trim();
}

test('while Docker is away calls and events say so; afterwards output goes on and ends are known', async () => {
  const ticker = sampleSpec(TEST_IMAGE, {
    command: ['sh', '-c', 'i=0; while :; do echo "tick $i"; i=$((i+1)); sleep 0.02; done'],
  });
  const short = sampleSpec(TEST_IMAGE, { command: ['sh', '-c', 'sleep 1; echo last words; exit 6'], name: 'worker.2' });
  const events = await EventRecorder.open(engine);
  await engine.start(ticker);
  await engine.start(short);
  await readLines(engine, ticker.appId, 10);

  await socket.break();
  await expect(events.ended).rejects.toMatchObject({ id: 'engine_unavailable' });
  await expect(engine.list()).rejects.toMatchObject({ id: 'engine_unavailable' });
  await expect(engine.start({ ...ticker, dynoId: short.appId })).rejects.toMatchObject({ id: 'engine_unavailable' });
  await expect.poll(() => statusInDocker(short)).toBe('exited');
  await socket.mend();

  await expect.poll(() => reports).toContain('engine.back');
  const again = await EventRecorder.open(engine);
  const dynos = await engine.list();
  expect(dynos.find(({ dynoId }) => dynoId === ticker.dynoId)?.state).toBe('running');
  expect(dynos.find(({ dynoId }) => dynoId === short.dynoId)).toMatchObject({ state: 'exited', exitCode: 6 });
  expect(await readLines(engine, short.appId, 1)).toEqual(['last words']);
  const ticks = await readLines(engine, ticker.appId, 150);
  expect(ticks.slice(0, 150)).toEqual(Array.from({ length: 150 }, (_, index) => `tick ${index}`));
  expect(await engine.stop(ticker.dynoId, 60_000)).toEqual({ exitCode: 143, killed: false });
  await again.until('exited', ticker.dynoId);
  await again.stop();
});

test('an engine that is opened while Docker is away works once it is there', async () => {
  await socket.break();
  const late = createDockerEngine({ ...installation.options, socketPath: socket.path });
  await late.open();
  const worker = sampleSpec(TEST_IMAGE, { command: SHELL_PROGRAMS.forever() });
  await expect(late.start(worker)).rejects.toMatchObject({ id: 'engine_unavailable' });
  await socket.mend();
  await expect
    .poll(() =>
      late.start(worker).then(
        ({ state }) => state,
        () => 'away',
      ),
    )
    .toBe('running');
  await late.stop(worker.dynoId, 0);
  await late.close();
});
