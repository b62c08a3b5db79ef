import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dynoIn, EventRecorder, readAll, sampleSpec } from '@jangada/conformance';
import type { DynoSpec } from '@jangada/core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createDockerEngine, type DockerEngine } from './index.ts';
import { openTestInstallation, sandboxesOf, TEST_IMAGE, type TestInstallation } from './test-installation.ts';

const run = promisify(execFile);

let installation: TestInstallation;
let engine: DockerEngine;
const reports: string[] = [];

beforeAll(async () => {
  installation = await openTestInstallation({ report: (event) => reports.push(event) });
  engine = installation.engine;
  // The first dyno says which image there is to make sandboxes from.
  const first = forever();
  await engine.start(first);
  await engine.stop(first.dynoId, 0);
});
afterAll(() => installation.close());
afterEach(async () => {
  for (const { dynoId } of await engine.list()) await engine.stop(dynoId, 0);
});

function forever(change: Partial<DynoSpec> = {}): DynoSpec {
  return sampleSpec(TEST_IMAGE, { command: ['sleep', '3600'], ...change });
}

const ids = (): Promise<readonly string[]> => sandboxesOf(installation.options);

/** Waits until there are two besides those that dynos have. */
async function filled(used = 0): Promise<void> {
  await expect.poll(async () => (await ids()).length).toBe(2 + used);
}

/** The sandbox whose network a dyno has; null when that is its own. */
async function sandboxOf({ dynoId }: DynoSpec): Promise<string | null> {
  const name = `jangada-${installation.options.installId}-${dynoId}`;
  const { stdout } = await run('docker', ['inspect', '--format', '{{.HostConfig.NetworkMode}}', name]);
  return /^container:(.+)$/m.exec(stdout)?.[1] ?? null;
}

interface Joined {
  readonly dyno: DynoSpec;
  readonly address: string | null;
  readonly sandbox: string;
}

/** Starts a dyno that has joined a sandbox: one that is there may not be ready yet. */
async function startJoined(change: Partial<DynoSpec> = {}): Promise<Joined> {
  for (;;) {
    const dyno = forever(change);
    const { address } = await engine.start(dyno);
    const sandbox = await sandboxOf(dyno);
    if (sandbox !== null) return { dyno, address, sandbox };
    await engine.stop(dyno.dynoId, 0);
  }
}

test('a dyno joins a sandbox that is ready, has its address and name server, and takes it along when it ends', async () => {
  const script = 'grep -c nameserver /etc/resolv.conf; exec perl -MIO::Socket::INET -e "$SERVE"';
  const serve =
    'my $l = IO::Socket::INET->new(LocalPort => 5000, Listen => 5, ReuseAddr => 1) or die; while (my $c = $l->accept) { print $c "hello"; close $c }';
  const events = await EventRecorder.open(engine);
  const command = ['sh', '-c', script];
  const { dyno, address, sandbox } = await startJoined({ command, env: { SERVE: serve }, port: 5000 });
  await events.until('listening', dyno.dynoId);
  const { stdout } = await run('bash', ['-c', `exec 3<>/dev/tcp/${address}/5000; cat <&3`]);
  expect(stdout).toBe('hello');
  const terminal = await engine.exec(dyno.dynoId, ['sh', '-c', 'hostname; cat /etc/hosts'], null);
  const [hostname, ...hosts] = (await readAll(terminal.stream)).split('\n');
  expect(hostname).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(hosts).toContain(`${address}\t${hostname}`);
  await engine.stop(dyno.dynoId, 0);
  await expect.poll(ids).not.toContain(sandbox);
});

test('when more dynos start at once than sandboxes wait, the others have networks of their own, and nobody shares one', async () => {
  await filled();
  const dynos = [forever(), forever(), forever()];
  const addresses = await Promise.all(dynos.map(async (dyno) => (await engine.start(dyno)).address));
  expect(new Set(addresses).size).toBe(3);
  const joined = (await Promise.all(dynos.map(sandboxOf))).filter((sandbox) => sandbox !== null);
  expect(new Set(joined).size).toBe(joined.length);
  expect(joined.length).toBeLessThan(3);
  await filled(joined.length);
});

test('a dyno whose sandbox is removed under it ends, so that it can start anew', async () => {
  const { dyno, sandbox } = await startJoined();
  const events = await EventRecorder.open(engine);
  await run('docker', ['rm', '--force', sandbox]);
  await events.until('exited', dyno.dynoId);
  expect(await dynoIn(engine, dyno.dynoId)).toMatchObject({ state: 'exited', exitCode: 137 });
  expect(reports).toContain('dyno.cut-off');
});

test('sandboxes that somebody removed while they waited are missed by no dyno', async () => {
  await filled();
  const dyno = forever();
  const removed = run('docker', ['rm', '--force', ...(await ids())]);
  // Whether it still finds one of them there, or not any more, is a matter of luck here.
  expect(await engine.start(dyno)).toMatchObject({ state: 'running' });
  await removed;
  await engine.stop(dyno.dynoId, 0);
  expect(await engine.start(forever())).toMatchObject({ state: 'running', address: expect.stringMatching(/\d/) });
});

test('a new agent finds the sandbox of each dyno that runs, and makes those anew that waited', async () => {
  const [kept, lost] = [await startJoined(), await startJoined()];
  await filled(2);
  const waiting = (await ids()).filter((id) => id !== kept.sandbox && id !== lost.sandbox);
  await engine.close();
  await run('docker', ['rm', '--force', lost.sandbox]);
  engine = createDockerEngine(installation.options);
  await engine.open();
  expect(await dynoIn(engine, kept.dyno.dynoId)).toMatchObject({ state: 'running', address: kept.address });
  const stateOfLost = async (): Promise<unknown> => (await dynoIn(engine, lost.dyno.dynoId))?.state;
  await expect.poll(stateOfLost).toBe('exited');
  const left = async (): Promise<unknown> => (await ids()).filter((id) => waiting.includes(id));
  await expect.poll(left).toEqual([]);
  await filled(1);
  expect(await ids()).toContain(kept.sandbox);
});

test('when the installation ends none is left', async () => {
  await filled();
  await engine.teardown();
  expect(await ids()).toEqual([]);
  await engine.close();
});
