import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { openLogHub, openOutputStreams } from './index.ts';

/** Appends numbered lines as fast as it can and says which are acknowledged. */
const WRITER = `
  const { openLogHub, openOutputStreams } = await import(process.argv[1]);
  const hub = await openLogHub(process.argv[2] + '/logs');
  const outputs = await openOutputStreams(process.argv[2] + '/outputs');
  const line = (text) => ({ appId: 'a', at: '2026-01-01T00:00:00.000000+00:00', source: 'app', ps: 'web.1', text });
  for (let number = 1; ; number++) {
    const text = number + ' ' + 'x'.repeat(number % 3_000);
    await Promise.all([hub.append([line(text)]), outputs.append('build', Buffer.from(number + '\\n'))]);
    process.stdout.write(number + '\\n');
  }
`;

test('a kill in the middle of writing loses nothing that was acknowledged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-kill-'));
  const index = new URL('./index.ts', import.meta.url).href;
  const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, index, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let acknowledged = 0;
  for await (const said of createInterface(writer.stdout)) {
    acknowledged = Number(said);
    if (acknowledged === 2_500) writer.kill('SIGKILL');
  }
  if (writer.signalCode === null && writer.exitCode === null) await once(writer, 'exit');
  expect(writer.signalCode).toBe('SIGKILL');

  const hub = await openLogHub(join(folder, 'logs'));
  const kept = (await hub.recent('a', 1_500)).map(({ line }) => line.text);
  const last = Number.parseInt(kept.at(-1)!, 10);
  expect(last).toBeGreaterThanOrEqual(acknowledged);
  expect(kept).toEqual(
    Array.from({ length: 1_500 }, (_, at) => last - 1_499 + at).map(
      (number) => `${number} ${'x'.repeat(number % 3_000)}`,
    ),
  );
  await hub.close();

  const outputs = await openOutputStreams(join(folder, 'outputs'));
  const parts = await Array.fromAsync(outputs.read('build', new AbortController().signal));
  const numbers = Buffer.concat(parts).toString().split('\n');
  expect(numbers.slice(0, acknowledged)).toEqual(Array.from({ length: acknowledged }, (_, at) => String(at + 1)));
  await outputs.close();
  await rm(folder, { recursive: true, force: true });
});
