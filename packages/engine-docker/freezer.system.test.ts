import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readLines, sampleSpec } from '@jangada/conformance';
import type { DynoSpec } from '@jangada/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containerName } from './container-spec.ts';
import { DynoRecord } from './dyno-record.ts';
import { freezeDyno, freezerState, thawContainerOf, thawDyno } from './freezer.ts';
import { createDockerEngine, type DockerEngine } from './index.ts';
import { openTestInstallation, TEST_IMAGE, type TestInstallation } from './test-installation.ts';

let installation: TestInstallation;
let engine: DockerEngine;

beforeAll(async () => {
  installation = await openTestInstallation();
  engine = installation.engine;
});
afterAll(() => installation.close());

/** A dyno that counts until it is told to go. */
async function startTicker(): Promise<DynoSpec> {
  const dyno = sampleSpec(TEST_IMAGE, { command: ['perl', '-e', TICKS] });
  await engine.start(dyno);
  await readLines(engine, dyno.appId, 1);
  return dyno;
}
const TICKS =
  '$SIG{TERM} = sub { exit 7 }; $| = 1; while (1) { print "tick ", $n++, "\\n"; select undef, undef, undef, 0.01 }';

const stateOf = async ({ dynoId }: DynoSpec): Promise<string | undefined> =>
  (await engine.list()).find((dyno) => dyno.dynoId === dynoId)?.state;

async function docker(verb: string, { dynoId }: DynoSpec): Promise<void> {
  const name = containerName(installation.options.installId, dynoId);
  await promisify(execFile)('docker', verb === 'rm' ? ['rm', '--force', name] : [verb, name]);
}

async function processorTimeOf({ dynoId }: DynoSpec): Promise<number> {
  return (await engine.stats()).find((reading) => reading.dynoId === dynoId)!.cpuSeconds;
}

/**
 * Waits until a number is the same after `ms`, in which a dyno that counts changes it many times. The last that it did before it
 * was frozen may be told a moment later.
 */
async function untilStill(read: () => Promise<number>, ms: number): Promise<void> {
  const change = async (): Promise<number> => {
    const before = await read();
    await sleep(ms);
    return (await read()) - before;
  };
  await expect.poll(change).toBe(0);
}

test('a frozen dyno uses no processor, and goes on where it was', async () => {
  const dyno = await startTicker();
  await engine.pause(dyno.dynoId);
  await untilStill(() => processorTimeOf(dyno), 300);
  await engine.resume(dyno.dynoId);
  const lines = await readLines(engine, dyno.appId, 60);
  expect(lines.slice(0, 60)).toEqual(Array.from({ length: 60 }, (_, index) => `tick ${index}`));
  expect(await engine.stop(dyno.dynoId, 60_000)).toEqual({ exitCode: 7, killed: false });
});

test('what runs is frozen, what is frozen thawed, once and again', async () => {
  const dyno = await startTicker();
  for (const [call, state] of [
    [engine.resume, 'running'],
    [engine.pause, 'paused'],
    [engine.pause, 'paused'],
    [engine.resume, 'running'],
  ] as const) {
    await call(dyno.dynoId);
    expect(await stateOf(dyno)).toBe(state);
  }
});

test('one that was paused with Docker itself, as by earlier versions, is thawed and stopped like others', async () => {
  const dynos = [await startTicker(), await startTicker()] as const;
  for (const dyno of dynos) {
    await docker('pause', dyno);
    expect(await stateOf(dyno)).toBe('paused');
  }
  const [thawed, stopped] = dynos;
  await engine.resume(thawed.dynoId);
  expect(await stateOf(thawed)).toBe('running');
  for (const dyno of [thawed, stopped]) {
    expect(await engine.stop(dyno.dynoId, 60_000)).toEqual({ exitCode: 7, killed: false });
  }
});

test('nobody gets into a frozen dyno, where nothing would move', async () => {
  const dyno = await startTicker();
  await engine.pause(dyno.dynoId);
  await expect(engine.exec(dyno.dynoId, ['true'], null)).rejects.toMatchObject({ id: 'not_found' });
});

test('without an agent a frozen dyno is thawed by any of its processes, so that it can be told to go', async () => {
  const { dynoId } = await startTicker();
  await engine.pause(dynoId);
  const name = containerName(installation.options.installId, dynoId);
  const format = ['--format', '{{.State.Pid}}'];
  const pid = Number((await promisify(execFile)('docker', ['inspect', ...format, name])).stdout);
  await thawContainerOf(pid);
  await promisify(execFile)('docker', ['stop', '--time', '20', name]);
  const { stdout } = await promisify(execFile)('docker', ['inspect', '--format', '{{.State.ExitCode}}', name]);
  expect(stdout.trim()).toBe('7');
});

test('a frozen dyno whose container is removed is gone', async () => {
  const dyno = await startTicker();
  await engine.pause(dyno.dynoId);
  await docker('rm', dyno);
  await expect.poll(() => stateOf(dyno)).not.toBe('paused');
  await expect(engine.resume(dyno.dynoId)).rejects.toMatchObject({ id: 'not_found' });
});

test('an agent that starts finds what another has frozen', async () => {
  const dyno = await startTicker();
  await engine.pause(dyno.dynoId);
  await engine.close();
  engine = createDockerEngine(installation.options);
  await engine.open();
  expect(await stateOf(dyno)).toBe('paused');
  expect(await engine.stop(dyno.dynoId, 60_000)).toEqual({ exitCode: 7, killed: false });
  await engine.close();
});

test('control groups of version 2 freeze and thaw too', async () => {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
  const unified = mounts.find(([, , type]) => type === 'cgroup2')?.[1];
  expect(unified, 'no control groups of version 2 are mounted').toBeDefined();
  const path = join(unified!, `jangada-${installation.options.installId}`);
  const cgroup = { version: 2, path } as const;
  await mkdir(path);
  const child = spawn(process.execPath, ['-e', 'setInterval(() => console.log(1), 10)']);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let ticks = 0;
  child.stdout.on('data', (data: Buffer) => {
    ticks += data.length;
  });
  try {
    await writeFile(join(path, 'cgroup.procs'), String(child.pid));
    const record = new DynoRecord('none', { ...sampleSpec(TEST_IMAGE, { command: [] }), slug: null, uid: 0 });
    record.cgroup = cgroup;
    await freezeDyno(record);
    expect(await freezerState(cgroup)).toBe('frozen');
    await untilStill(async () => ticks, 100);
    const before = ticks;
    await thawDyno({ call: () => Promise.reject(new Error('the engine is not asked')) }, record);
    await expect.poll(() => ticks).toBeGreaterThan(before);
    expect(await freezerState(cgroup)).toBe('thawed');
  } finally {
    child.kill('SIGKILL');
    await ended;
    await rmdir(path);
  }
});
