import { readdir, readFile } from 'node:fs/promises';
import { readAll, readLines, sampleSpec } from '@jangada/conformance';
import type { DynoSpec } from '@jangada/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestInstallation, TEST_IMAGE, type TestInstallation } from './test-installation.ts';

const MEGABYTE = 1024 * 1024;

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openTestInstallation();
});
afterAll(() => installation.close());

const dyno = (command: readonly string[], change: Partial<DynoSpec> = {}): DynoSpec =>
  sampleSpec(TEST_IMAGE, { command, ...change });
const sh = (script: string): readonly string[] => ['sh', '-c', script];

test('a disk filler fills its own /app and /tmp only, with data or with files, and has the room back when it deletes', async () => {
  const limits = { ...dyno([]).limits, diskBytes: 48 * MEGABYTE };
  const script = `head -c 100M /dev/zero > /app/big 2>/dev/null; echo $(($(stat -c %s /app/big) >> 20))
    echo more 2>/dev/null > /tmp/more || echo full; rm /app/big /tmp/more
    perl -e 'my $n = 0; while (open my $f, ">", "/app/file$n") { $n++ } print $n < 4000 ? "few" : "many", "\n"; unlink glob("/app/file*")'
    head -c 30M /dev/zero > /app/again && echo fits
    df -k --output=size /app | tail -1 | tr -d ' '; head -c 100M /dev/zero > /dev/shm/big 2>/dev/null; stat -c %s /dev/shm/big`;
  const { engine } = installation;
  const filler = dyno(sh(script), { limits, captureOutput: false });
  const terminal = await engine.run(filler, null);
  const [written, temporary, files, again, size, shared] = (await readAll(terminal.stream)).trim().split('\n');
  expect(Number(written)).toBeGreaterThan(40);
  expect(Number(written)).toBeLessThan(48);
  await engine.stop(filler.dynoId, 0);
  expect([temporary, files, again]).toEqual(['full', 'few', 'fits']);
  expect(Number(size)).toBeLessThan(48 * 1024);
  expect(Number(shared)).toBeLessThanOrEqual(64 * MEGABYTE);
});

test('an image of the app fills its own disk only, and leaves the engine nothing that it cannot remove', async () => {
  const { engine, options } = installation;
  const limits = { ...dyno([]).limits, diskBytes: 48 * MEGABYTE };
  const script = `head -c 100M /dev/zero > /var/tmp/big 2>/dev/null; echo $(($(stat -c %s /var/tmp/big) >> 20))
    df -k --output=size / | tail -1 | tr -d ' '; sleep 60`;
  const filler = dyno(sh(script), { limits, slug: null, root: 'image' });
  await engine.start(filler);
  const [written, size] = await readLines(engine, filler.appId, 2);
  expect(Number(written)).toBeGreaterThan(40);
  expect(Number(size)).toBeLessThan(48 * 1024);
  expect((await engine.stats())[0]!.diskBytes).toBeGreaterThan(40 * MEGABYTE);
  await engine.stop(filler.dynoId, 0);
  await expect.poll(() => readdir(options.home.dynos)).toEqual([]);
  expect(await readFile('/proc/mounts', 'utf8')).not.toContain(filler.dynoId);
  expect(await engine.list()).toEqual([]);
});

test('what a dyno has written is in its reading, and gone from the machine when it ends', async () => {
  const { engine, options } = installation;
  const writer = dyno(sh('head -c 20M /dev/zero > /app/data; echo written; sleep 60'));
  await engine.start(writer);
  await readLines(engine, writer.appId, 1);
  const [reading] = await engine.stats();
  expect(reading!.diskBytes).toBeGreaterThanOrEqual(20 * MEGABYTE);
  expect(reading!.diskBytes).toBeLessThan(22 * MEGABYTE);
  await engine.stop(writer.dynoId, 0);
  await expect.poll(() => readdir(options.home.dynos)).toEqual([]);
  expect(await readFile('/proc/mounts', 'utf8')).not.toContain(options.home.dynos);
});

test('a machine whose disk runs full stops the dyno that has written the most, and tells it why', async () => {
  const reports: string[] = [];
  const report = (event: string): void => void reports.push(event);
  const full = await openTestInstallation({ diskReserveBytes: 2 ** 60, report });
  const { engine } = full;
  const limits = { ...dyno([]).limits, diskBytes: 256 * MEGABYTE };
  // At once: a look while it grows would find less, and stop it already.
  const hog = dyno(sh('fallocate -l 100M /app/data; sleep 3600'), { limits });
  const modest = dyno(sh('head -c 5M /dev/zero > /app/data; sleep 3600'), { name: 'worker.2' });
  await engine.start(modest);
  await engine.start(hog);
  const [text] = await readLines(engine, hog.appId, 1);
  expect(text).toMatch(
    /^Error R99 \(Platform error\) -> .* disk is full, and worker\.1 has written the most \(10\dM\)/,
  );
  await expect
    .poll(async () => (await engine.list()).map(({ name, exitCode }) => [name, exitCode]).sort())
    .toEqual([
      ['worker.1', 137],
      ['worker.2', null],
    ]);
  // What it has left goes before the control plane has taken notice of its end.
  await expect.poll(() => readdir(full.options.home.dynos)).toEqual([modest.dynoId]);
  expect(reports).toContain('disk.low');
  await full.close();
});
