import { readAll, readLines, sampleSpec } from '@jangada/conformance';
import type { DynoSpec } from '@jangada/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestInstallation, TEST_IMAGE, type TestInstallation } from './test-installation.ts';

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openTestInstallation();
});
afterAll(() => installation.close());

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
  const hog = dyno('head -c 100M /dev/zero > /var/tmp/data; sleep 60', { limits });
  await full.engine.start(hog);
  const [line] = await readLines(full.engine, hog.appId, 1);
  expect(line).toMatch(/R99 .*has written the most \(1\d\dM\)/);
  await full.close();
});
