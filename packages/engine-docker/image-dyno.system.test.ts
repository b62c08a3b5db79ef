import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { readAll, readLines, sampleSpec } from '@jangada/conformance';
import type { DynoSpec } from '@jangada/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestInstallation, sandboxesOf, TEST_IMAGE, type TestInstallation } from './test-installation.ts';

const run = promisify(execFile);

let installation: TestInstallation;
const built: string[] = [];
beforeAll(async () => {
  installation = await openTestInstallation();
});
afterAll(async () => {
  await installation.close();
  if (built.length > 0) await run('docker', ['rmi', '--force', ...built]);
});

/** Id of an image that the Dockerfile below the test image makes. */
async function buildImage(...dockerfile: readonly string[]): Promise<string> {
  const docker = spawn('docker', ['build', '--quiet', '-'], { stdio: ['pipe', 'pipe', 'ignore'] });
  docker.stdin.end([`FROM ${TEST_IMAGE}`, `LABEL test=${randomUUID()}`, ...dockerfile].join('\n'));
  const image = (await text(docker.stdout)).trim();
  built.push(image);
  return image;
}

/** Names of the volumes of a dyno's container by where they are. */
async function volumesOf({ dynoId }: DynoSpec): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await run('docker', ['inspect', `jangada-${installation.options.installId}-${dynoId}`]);
  const [{ Mounts: mounts }] = JSON.parse(stdout) as [
    { Mounts: { Type: string; Destination: string; Name: string }[] },
  ];
  const volumes = mounts.filter((mount) => mount.Type === 'volume');
  return new Map(volumes.map((volume) => [volume.Destination, volume.Name]));
}

/** A dyno whose image is its app's own. */
const dyno = (script: string, change: Partial<DynoSpec> = {}): DynoSpec =>
  sampleSpec(TEST_IMAGE, { root: 'image', slug: null, command: ['/bin/sh', '-c', script], ...change });

test('an image of the app runs where it says, and is as little trusted as any dyno', async () => {
  const { engine } = installation;
  const script =
    'pwd; id -un; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status; echo mine > /var/tmp/x && cat /var/tmp/x; touch /etc/x 2>&1';
  const spec = dyno(script, { captureOutput: false });
  const terminal = await engine.run(spec, null);
  const lines = (await readAll(terminal.stream)).trim().replaceAll('\t', ' ').split('\n');
  await engine.stop(spec.dynoId, 0);
  expect(lines[1]).toMatch(/^(u\d{7}|dyno)$/);
  expect([lines[0], ...lines.slice(2, 5)]).toEqual(['/', 'CapEff: 0000000000000000', 'NoNewPrivs: 1', 'mine']);
  expect(lines[5]).toMatch(/\/etc\/x.*Permission denied/);
});

test('an image that is not on the engine is told of by name', async () => {
  const missing = dyno('true', { image: `sha256:${'0'.repeat(64)}` });
  await expect(installation.engine.start(missing)).rejects.toMatchObject({
    id: 'stack_not_found',
    message: expect.stringContaining('Deploy or release it again'),
  });
});

test('a machine whose disk runs full finds the dyno that has written the most among those with images too', async () => {
  const full = await openTestInstallation({ diskReserveBytes: 2 ** 60, report: () => undefined });
  const limits = { ...dyno('').limits, diskBytes: 256 * 1024 ** 2 };
  // At once: a look while it grows would find less, and stop it already.
  const hog = dyno('fallocate -l 100M /var/tmp/data; sleep 3600', { limits });
  await full.engine.start(hog);
  const [line] = await readLines(full.engine, hog.appId, 1);
  expect(line).toMatch(/R99 .*has written the most \(1\d\dM\)/);
  await full.close();
});

test('what a dyno writes where its image has a VOLUME is on its own disk, beside what the image has there, and goes with it', async () => {
  const image = await buildImage(
    'RUN mkdir /data && echo kept > /data/kept && chmod 1777 /data',
    'VOLUME /data /data/ /elsewhere /tmp',
  );
  const limits = { ...dyno('').limits, diskBytes: 64 * 1024 ** 2 };
  const script = `cat /data/kept; for file in /data/x /elsewhere/x; do head -c 100M /dev/zero > $file; done; du -cm /data /elsewhere | tail -1; sleep 60`;
  const spec = dyno(`(${script}) 2>&1`, { image, limits });
  await installation.engine.start(spec);
  const lines = await readLines(installation.engine, spec.appId, 4);
  expect(lines[0]).toBe('kept');
  for (const line of lines.slice(1, 3)) expect(line).toContain('No space left on device');
  expect(Number.parseInt(lines[3]!, 10)).toBeLessThan(64);
  const volumes = await volumesOf(spec);
  expect([...volumes.keys()].sort()).toEqual(['/data', '/elsewhere']);
  for (const name of volumes.values()) {
    const { stdout } = await run('docker', ['volume', 'inspect', '--format', '{{.Options.device}}', name]);
    expect(stdout).toContain(`${installation.options.home.dynos}/${spec.dynoId}/disk/`);
  }
  await installation.engine.stop(spec.dynoId, 0);
  const { stdout: left } = await run('docker', ['volume', 'ls', '--quiet']);
  for (const name of volumes.values()) expect(left).not.toContain(name);
});

test('an image with a VOLUME that has no place on the disk of a dyno does not start, and is told why', async () => {
  const spec = dyno('true', { image: await buildImage('VOLUME data') });
  await expect(installation.engine.start(spec)).rejects.toMatchObject({
    id: 'invalid_params',
    message: expect.stringContaining('VOLUME "data"'),
  });
  expect(await installation.engine.list()).not.toContainEqual(expect.objectContaining({ dynoId: spec.dynoId }));
});

test('an image with more below a VOLUME than fits on the disk of its dyno does not start, and is told why', async () => {
  const image = await buildImage('RUN mkdir /data && head -c 60M /dev/zero > /data/big', 'VOLUME /data');
  const limits = { ...dyno('').limits, diskBytes: 32 * 1024 ** 2 };
  const spec = dyno('true', { image, limits });
  await expect(installation.engine.start(spec)).rejects.toMatchObject({
    id: 'invalid_params',
    message: expect.stringContaining('below its VOLUMEs does not fit'),
  });
  expect(await installation.engine.list()).not.toContainEqual(expect.objectContaining({ dynoId: spec.dynoId }));
});

test('a container of an image that has labels of ours says nothing with them', async () => {
  const image = await buildImage('LABEL jangada.sandbox=x jangada.slug=sha256:00 jangada.app=other');
  const spec = dyno('sleep 60', { image });
  await installation.engine.start(spec);
  expect(await sandboxesOf(installation.options)).toEqual([]);
  const name = `jangada-${installation.options.installId}-${spec.dynoId}`;
  const { stdout } = await run('docker', ['inspect', '--format', '{{json .Config.Labels}}', name]);
  expect(JSON.parse(stdout)).toMatchObject({ 'jangada.sandbox': '', 'jangada.slug': '', 'jangada.app': spec.appId });
  await installation.engine.stop(spec.dynoId, 0);
});
