import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PlatformError } from '@jangada/platform-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readFirstNames, serveRuntimeDesk } from './runtime-desk.ts';
import type { Asker, RuntimeShelf } from './runtime-shelf.ts';

let root: string;
let folders: { readonly requests: string; readonly answers: string };
let stop: AbortController;
let looks: number;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'desk-'));
  folders = { requests: join(root, 'requests'), answers: join(root, 'answers') };
  for (const folder of Object.values(folders)) mkdirSync(folder);
  stop = new AbortController();
  looks = 0;
});
afterEach(async () => {
  stop.abort();
  await rm(root, { recursive: true });
});

const asker = { installed: async () => 'dpkg', failed: () => undefined } as Partial<Asker> as Asker;
const shelf = {
  async node(range) {
    if (range === '0') throw new PlatformError('not_found', 'There is no Node.js 0.');
    return { name: `node-${range}`, node: range, npm: '1' };
  },
} as Partial<RuntimeShelf> as RuntimeShelf;

function open(): void {
  const readNames = async (folder: string): Promise<readonly string[]> => {
    looks++;
    const names = await readFirstNames(folder);
    expect(names.length).toBeLessThanOrEqual(100);
    return names;
  };
  serveRuntimeDesk(folders, shelf, asker, () => undefined, stop.signal, readNames);
}
const ask = (name: string, range = '24'): void =>
  writeFileSync(join(folders.requests, name), JSON.stringify({ runtime: 'node', range }));
const answer = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(join(folders.answers, name), 'utf8'));

test('questions are answered, with a sentence where there is nothing', async () => {
  open();
  ask('1.json');
  ask('2.json', '0');
  await writeFile(join(folders.requests, '3.json'), 'x');
  await expect.poll(() => readdir(folders.answers)).toEqual(['1.json', '2.json', '3.json']);
  expect(await answer('1.json')).toEqual({ name: 'node-24', node: '24', npm: '1' });
  expect(await answer('2.json')).toEqual({ error: 'There is no Node.js 0.' });
  expect(await answer('3.json')).toEqual({ error: 'The question for a runtime cannot be read.' });
});

test('thousands of files lead to a few looks at some of them', async () => {
  open();
  const began = performance.now();
  for (let number = 0; number < 5_000; number++) {
    writeFileSync(join(folders.requests, `x${number}`), '');
    if (number % 100 === 0) await setTimeout(1);
  }
  await setTimeout(200);
  // One for each pause between two, however many events there were.
  expect(looks).toBeLessThanOrEqual((performance.now() - began) / 20 + 2);
  expect(await readFirstNames(folders.requests)).toHaveLength(100);
  for (let number = 0; number < 5_000; number++) rmSync(join(folders.requests, `x${number}`));
  ask('1.json');
  await expect.poll(() => existsSync(join(folders.answers, '1.json'))).toBe(true);
});

test('nobody looks any more once all questions are asked', async () => {
  for (let number = 10; number < 30; number++) ask(`${number}.json`);
  open();
  await expect.poll(async () => (await readdir(folders.answers)).length).toBe(16);
  const before = looks;
  ask('1.json');
  await setTimeout(300);
  expect(looks).toBe(before);
  expect((await readdir(folders.answers)).length).toBe(16);
});
