import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChildSpec } from './child-spec.ts';
import { identify } from './pid-file.ts';
import { SupervisedChild } from './supervised-child.ts';

/** A process of the platform in miniature: listens on a socket, says that it is ready, ends when asked. */
const PROGRAM = `
const { createServer } = require('node:net');
const fs = require('node:fs');
const path = process.argv[1];
fs.rmSync(path, { force: true });
createServer((socket) => socket.end()).listen(path, () => console.error('{"event":"ready"}'));
process.on('SIGTERM', () => process.exit(0));
process.on('SIGHUP', () => process.exit(7));
`;

let folder: string;
let children: SupervisedChild[];
let notes: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supervised-'));
  children = [];
  notes = [];
});

afterEach(async () => {
  await Promise.all(children.map((child) => child.stop()));
  await rm(folder, { recursive: true, force: true });
});

function specOf(change: Partial<ChildSpec> = {}): ChildSpec {
  const socket = join(folder, 'child.sock');
  return {
    name: 'child',
    argv: [process.execPath, '-e', PROGRAM, socket],
    env: { KEY: 'value' },
    user: null,
    readyText: '"event":"ready"',
    readyWithin: 10_000,
    probe: { kind: 'socket', path: socket },
    stop: { signal: 'SIGTERM', handOver: 'SIGHUP', within: 5_000 },
    ...change,
  };
}

function supervise(spec: ChildSpec, pids = folder): SupervisedChild {
  const child = new SupervisedChild(spec, { logs: folder, pids }, (event) => void notes.push(event));
  children.push(child);
  return child;
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 18_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Never: ${what}`);
    await delay(20);
  }
}

/** A zombie that nobody has collected yet does not run. */
async function isRunning(pid: number): Promise<boolean> {
  return (await identify(pid)) !== null;
}

test('start resolves when the child says that it is ready, stop ends it', async () => {
  const child = supervise(specOf());
  await child.start();
  const { state, pid } = child.status();
  expect(state).toBe('ready');
  expect(await isRunning(pid!)).toBe(true);
  await child.stop();
  expect(child.status()).toMatchObject({ state: 'stopped', pid: null, lastEnd: 'exit status 0' });
  expect(await isRunning(pid!)).toBe(false);
});

test('a child that another follows at once, here or under the next supervisor, is asked to hand over', async () => {
  const child = supervise(specOf());
  await child.start();
  const first = child.status().pid;
  child.restart();
  await until('the next', () => child.status().state === 'ready' && child.status().pid !== first);
  expect(child.status().lastEnd).toBe('exit status 7');
  await child.stop({ handOver: true });
  expect(child.status()).toMatchObject({ state: 'stopped', lastEnd: 'exit status 7' });
});

test('a child of an earlier supervisor that is to be another one is asked to hand over', async () => {
  const earlier = supervise(specOf());
  await earlier.start();
  const { pid } = earlier.status();
  const next = supervise(specOf({ env: { KEY: 'another' } }));
  await next.start();
  expect(notes).toContain('child_replaced');
  expect(await isRunning(pid!)).toBe(false);
  await until('its end', () => earlier.status().lastEnd !== null);
  expect(earlier.status().lastEnd).toBe('exit status 7');
  await Promise.all([earlier.stop(), next.stop()]);
});

test('a child that is killed comes back after the back-off, with how it ended', async () => {
  const child = supervise(specOf());
  await child.start();
  const first = child.status().pid!;
  process.kill(first, 'SIGKILL');
  await until('waiting', () => child.status().state === 'waiting');
  await until('ready again', () => child.status().state === 'ready');
  expect(child.status().pid).not.toBe(first);
  expect(child.status()).toMatchObject({ restarts: 1, lastEnd: 'signal SIGKILL' });
});

test('a child that never says ready is ended and tried again', async () => {
  const child = supervise(specOf({ argv: [process.execPath, '-e', 'setInterval(() => {}, 1000)'], readyWithin: 300 }));
  void child.start();
  await until('given up', () => child.status().state === 'waiting');
  expect(notes).toContain('child_not_ready');
  expect(child.status().lastEnd).toBe('signal SIGTERM');
});

test('a program that cannot be started at all is an end like any other', async () => {
  const child = supervise(specOf({ argv: ['/does/not/exist'] }));
  void child.start();
  await until('waiting', () => child.status().state === 'waiting');
  expect(child.status().lastEnd).toMatch(/ENOENT/);
});

test('a child that ignores the request to end is killed', async () => {
  const program = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.error('{"event":"ready"}')`;
  const child = supervise(
    specOf({ argv: [process.execPath, '-e', program], stop: { signal: 'SIGTERM', handOver: 'SIGHUP', within: 200 } }),
  );
  await child.start();
  await child.stop();
  expect(child.status().lastEnd).toBe('signal SIGKILL');
});

test('while pid files cannot be written there is never more than one child, and stop ends it', async () => {
  const started = join(folder, 'started');
  const program = `require('node:fs').appendFileSync(${JSON.stringify(started)}, process.pid + '\\n');${PROGRAM}`;
  const pids = join(folder, 'pids');
  await writeFile(pids, 'a file where a folder should be');
  const child = supervise(specOf({ argv: [process.execPath, '-e', program, join(folder, 'child.sock')] }), pids);
  void child.start();
  const known = async () => (await readFile(started, 'utf8').catch(() => '')).split('\n').filter(Boolean).map(Number);
  const running = async () => (await Promise.all((await known()).map(isRunning))).filter(Boolean).length;
  await until('a third start', async () => {
    expect(await running()).toBeLessThanOrEqual(1);
    return child.status().restarts >= 2;
  });
  expect(notes.filter((note) => note === 'child_ended')).toHaveLength(2);
  expect(child.status().lastEnd).toMatch(/ENOTDIR/);
  await child.stop();
  expect(await running()).toBe(0);
});

test('a log that cannot be read while the child starts ends the child before the next is started', async () => {
  const log = join(folder, 'child.log');
  const child = supervise(specOf({ argv: [process.execPath, '-e', 'setInterval(() => {}, 1000)'] }));
  void child.start();
  await until('started', () => child.status().pid !== null);
  const { pid } = child.status();
  await rm(log);
  await until('given up', () => child.status().state === 'waiting');
  expect(child.status().lastEnd).toMatch(/ENOENT/);
  expect(await isRunning(pid!)).toBe(false);
});

test('the processes of a killed supervisor are adopted, not started twice', async () => {
  const spec = specOf();
  await writeFile(join(folder, 'spec.json'), JSON.stringify(spec));
  const supervisor = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { SupervisedChild } from ${JSON.stringify(join(import.meta.dirname, 'supervised-child.ts'))};
     import { readFileSync } from 'node:fs';
     const spec = JSON.parse(readFileSync(${JSON.stringify(join(folder, 'spec.json'))}, 'utf8'));
     const folder = ${JSON.stringify(folder)};
     const child = new SupervisedChild(spec, { logs: folder, pids: folder }, () => {});
     await child.start();
     console.log(child.status().pid);`,
  ]);
  const [printed] = (await once(supervisor.stdout, 'data')) as [Buffer];
  const pid = Number(printed);
  const killed = once(supervisor, 'exit');
  supervisor.kill('SIGKILL');
  await killed;
  expect(await isRunning(pid)).toBe(true);

  const next = supervise(spec);
  await next.start();
  expect(next.status()).toMatchObject({ pid, state: 'ready' });
  expect(notes).toEqual(['child_adopted']);
  await next.stop();
  expect(await isRunning(pid)).toBe(false);
});

test('a process that was started from other sources or settings is replaced', async () => {
  const first = supervise(specOf());
  await first.start();
  const { pid } = first.status();
  const record = await readFile(join(folder, 'child.pid'), 'utf8');
  const second = supervise(specOf({ env: { KEY: 'other' } }));
  expect(JSON.parse(record).pid).toBe(pid);
  await second.start();
  expect(await isRunning(pid!)).toBe(false);
  expect(notes).toContain('child_replaced');
  expect(second.status().pid).not.toBe(pid);
  // The first no longer owns anything: ending it must not end the second's process.
  await first.stop();
  expect(await isRunning(second.status().pid!)).toBe(true);
});

test('a pid that belongs to somebody else by now is not taken for ours', async () => {
  const record = { pid: process.pid, startTicks: '1', bootId: 'other', fingerprint: '', startedAt: '' };
  await writeFile(join(folder, 'child.pid'), JSON.stringify(record));
  const child = supervise(specOf());
  await child.start();
  expect(child.status().pid).not.toBe(process.pid);
  expect(notes).toEqual(['child_ready']);
});
