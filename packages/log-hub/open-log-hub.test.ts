import { appendFile, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock, logHubConformance, logLine, logLines } from '@jangada/conformance';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LogFolder, type LogHubOptions, openLogHub } from './index.ts';

let folder: string;
const opened: LogFolder[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jangada-logs-'));
});
afterEach(async () => {
  for (const hub of opened.splice(0)) await hub.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(options: LogHubOptions = {}): Promise<LogFolder> {
  const hub = await openLogHub(folder, options);
  opened.push(hub);
  return hub;
}

const textsOf = async (hub: LogFolder, limit = 1_500): Promise<string[]> =>
  (await hub.recent('a', limit)).map((stored) => stored.line.text);

logHubConformance('the log hub in a folder', async ({ keepLines }) => {
  const own = await mkdtemp(join(tmpdir(), 'jangada-logs-'));
  const hub = await openLogHub(own, { keepLines, segmentLines: Math.min(500, keepLines / 4) });
  return {
    hub,
    async dispose() {
      await hub.close();
      await rm(own, { recursive: true, force: true });
    },
  };
});

test('lines and their ids survive a kill: another process finds what was appended', async () => {
  const killed = await open();
  await killed.append(logLines(700));
  const before = await killed.recent('a', 1_500);
  const next = await open();
  expect(await next.recent('a', 1_500)).toEqual(before);
  await next.append(logLines(1, 701));
  const ids = (await next.recent('a', 2)).map(({ id }) => id);
  expect(ids[1]).toBe(ids[0]! + 1);
});

test('a last line that was torn by a kill is dropped and its id is used again', async () => {
  await (await open()).append(logLines(3));
  const [segment] = await readdir(join(folder, 'a'));
  await appendFile(join(folder, 'a', segment!), '["2026-01-01T00:00:00.000000+00:00","app","we');
  const next = await open();
  expect(await textsOf(next)).toEqual(['1', '2', '3']);
  await next.append(logLines(1, 4));
  expect(await textsOf(next)).toEqual(['1', '2', '3', '4']);
  const again = await open();
  expect(await textsOf(again)).toEqual(['1', '2', '3', '4']);
});

test('a line that a power cut damaged is left out, the others are given', async () => {
  const hub = await open();
  await hub.append([logLine('one'), logLine('two'), logLine('three')]);
  const [segment] = await readdir(join(folder, 'a'));
  const path = join(folder, 'a', segment!);
  const [one, two, three] = (await readFile(path, 'utf8')).split('\n');
  await writeFile(path, `${one}\n${'\0'.repeat(two!.length)}\n${three}\n`);
  expect(await textsOf(hub)).toEqual(['one', 'three']);
  const stop = new AbortController();
  const followed: string[] = [];
  for await (const stored of hub.tail('a', 0, {}, stop.signal)) {
    followed.push(stored.line.text);
    if (followed.length === 2) stop.abort();
  }
  expect(followed).toEqual(['one', 'three']);
});

test('the disk holds the newest lines and at most one segment more', async () => {
  const hub = await open({ keepLines: 100, segmentLines: 20 });
  for (let first = 1; first < 2_000; first += 7) await hub.append(logLines(7, first));
  const files = await readdir(join(folder, 'a'));
  expect(files.length).toBeLessThanOrEqual(7);
  const contents = await Promise.all(files.map((file) => readFile(join(folder, 'a', file), 'utf8')));
  const stored = contents.join('').split('\n').length - 1;
  expect(stored).toBeGreaterThanOrEqual(100);
  expect(stored).toBeLessThanOrEqual(120);
});

test('lines go a week after the last one, and ids still grow afterwards', async () => {
  const clock = createFakeClock(new Date());
  const hub = await open({ clock });
  await hub.append(logLines(3));
  const last = (await hub.recent('a', 1))[0]!.id;
  await clock.advance(6.9 * 24 * 3_600_000);
  expect(await textsOf(hub)).toEqual(['1', '2', '3']);
  await clock.advance(0.2 * 24 * 3_600_000);
  await expect.poll(() => readdir(folder)).toEqual([]);
  await hub.append(logLines(1, 4));
  const [first] = await hub.recent('a', 10);
  expect(first!.line.text).toBe('4');
  expect(first!.id).toBeGreaterThan(last);
});

test('a file is closed when nothing was written for a while, and lines go on in it', async () => {
  const clock = createFakeClock(new Date());
  const hub = await open({ clock });
  await hub.append(logLines(2));
  expect(await openFiles(folder)).toBe(1);
  await clock.advance(20_000);
  await expect.poll(() => openFiles(folder)).toBe(0);
  await hub.append(logLines(1, 3));
  expect(await textsOf(hub)).toEqual(['1', '2', '3']);
  expect(await readdir(join(folder, 'a'))).toHaveLength(1);
});

test('closing writes what was handed in and ends followers', async () => {
  const hub = await open();
  const lines = hub.tail('a', 0, {}, new AbortController().signal)[Symbol.asyncIterator]();
  const waiting = lines.next();
  const appended = hub.append(logLines(2));
  await hub.close();
  await appended;
  expect((await waiting).value?.line.text ?? 'ended').toMatch(/^(1|ended)$/);
  expect(await textsOf(await open())).toEqual(['1', '2']);
});

test('an app id that could be a path is refused', async () => {
  const hub = await open();
  await expect(hub.append([logLine('x', { appId: '../b' })])).rejects.toMatchObject({ id: 'invalid_params' });
  await expect(hub.recent('..', 1)).rejects.toMatchObject({ id: 'invalid_params' });
  await expect(hub.remove('.')).rejects.toMatchObject({ id: 'invalid_params' });
});

async function openFiles(below: string): Promise<number> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return links.filter((link) => link.startsWith(`${below}/`)).length;
}
