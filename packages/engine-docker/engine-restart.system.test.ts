import { readFile } from 'node:fs/promises';
import { EventRecorder, readLines, sampleSpec } from '@jangada/conformance';
import type { EngineDyno } from '@jangada/core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createDockerEngine, type DockerEngine } from './index.ts';
import { createPrivateDocker, type PrivateDocker } from './private-docker.ts';
import { openTestInstallation, sandboxesOf, TEST_IMAGE, type TestInstallation } from './test-installation.ts';

let docker: PrivateDocker;
let installation: TestInstallation;
let engine: DockerEngine;
let reports: string[] = [];

beforeAll(async () => {
  docker = await createPrivateDocker();
  await docker.start(true);
  await docker.load(TEST_IMAGE);
  installation = await openTestInstallation({ socketPath: docker.socketPath, report: (event) => reports.push(event) });
  engine = installation.engine;
  // Two of the dynos below join sandboxes, the third has a network of its own.
  await engine.start(oneOff);
  await engine.stop(oneOff.dynoId, 0);
  const areReady = async (): Promise<void> => expect(await sandboxesOf(installation.options)).toHaveLength(2);
  await vi.waitFor(areReady, { timeout: 30_000, interval: 100 });
});
afterAll(async () => {
  await installation?.close().finally(() => docker.remove());
});

const ticker = sampleSpec(TEST_IMAGE, {
  command: ['sh', '-c', 'i=0; while :; do echo "tick $i"; i=$((i+1)); sleep 0.02; done'],
});
const sleeper = sampleSpec(TEST_IMAGE, { command: ['sleep', '3600'], name: 'web.1' });
const oneOff = sampleSpec(TEST_IMAGE, { command: ['sleep', '3600'], name: 'run.1', type: 'run' });

async function known(): Promise<ReadonlyMap<string, EngineDyno>> {
  const dynos = await engine.list();
  expect(new Set(dynos.map(({ dynoId }) => dynoId)).size).toBe(dynos.length);
  return new Map(dynos.map((dyno) => [dyno.dynoId, dyno]));
}

const isBack = async (): Promise<void> => {
  await expect.poll(() => reports).toContain('engine.back');
  reports = [];
};

test('a killed Docker daemon that keeps containers takes no dyno with it: they run on, frozen ones frozen, and no line is lost', async () => {
  const events = await EventRecorder.open(engine);
  for (const spec of [ticker, sleeper, oneOff]) await engine.start(spec);
  await engine.pause(sleeper.dynoId);
  await readLines(engine, ticker.appId, 10);
  const before = await known();

  await docker.kill();
  await expect(events.ended).rejects.toMatchObject({ id: 'engine_unavailable' });
  await expect(engine.list()).rejects.toMatchObject({ id: 'engine_unavailable' });
  await docker.start(true);
  await isBack();

  const after = await known();
  const addresses = (dynos: ReadonlyMap<string, EngineDyno>): unknown[] =>
    [...dynos].map(([dynoId, { address }]) => [dynoId, address]).sort();
  expect(addresses(after)).toEqual(addresses(before));
  expect(new Set([...after.values()].map(({ address }) => address)).size).toBe(3);
  expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  expect(after.get(ticker.dynoId)).toMatchObject({ state: 'running', startedAt: before.get(ticker.dynoId)!.startedAt });
  expect(after.get(sleeper.dynoId)).toMatchObject({ state: 'paused' });
  await engine.resume(sleeper.dynoId);
  const ticks = await readLines(engine, ticker.appId, 300);
  expect(ticks.slice(0, 300)).toEqual(Array.from({ length: 300 }, (_, index) => `tick ${index}`));
});

test('a daemon that does not keep them ends them when it comes up: they are lost, which is no failure of theirs', async () => {
  await docker.kill();
  await docker.start(false);
  await isBack();
  for (const dyno of (await known()).values()) expect(dyno).toMatchObject({ state: 'exited', exitCode: null });
  for (const { dynoId } of [ticker, sleeper, oneOff]) {
    expect(await engine.stop(dynoId, 0)).toEqual({ exitCode: null, killed: false });
  }
  expect(await known()).toEqual(new Map());
});

test('after a power cut the dynos are lost, nothing of them is mounted, and the same can be started again', async () => {
  await engine.start(ticker);
  await engine.start(sleeper);
  await engine.close();
  await docker.losePower();
  await docker.start(false);
  engine = createDockerEngine(installation.options);
  await engine.open();
  const lost = await known();
  expect(lost.get(ticker.dynoId)).toMatchObject({ state: 'exited', exitCode: null });
  expect(lost.get(sleeper.dynoId)).toMatchObject({ state: 'exited', exitCode: null });
  for (const { dynoId } of [ticker, sleeper]) await engine.stop(dynoId, 0);
  expect(await engine.start(ticker)).toMatchObject({ state: 'running' });
  await engine.stop(ticker.dynoId, 0);
  expect(await readFile('/proc/mounts', 'utf8')).not.toContain(installation.options.home.dynos);
  await engine.close();
});
