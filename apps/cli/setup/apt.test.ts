import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { finishInterrupted } from './apt.ts';

const OURS = '#!/bin/sh\n# Made by Jangada for the time of an installation.\nexit 101\n';

let folder: string;
let policy: string;
let ran: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apt-'));
  policy = join(folder, 'policy-rc.d');
  ran = [];
});

afterEach(() => rm(folder, { recursive: true }));

const options = { env: {}, log: '/dev/null', say: () => {}, signal: new AbortController().signal };
const finish = (output = '') =>
  finishInterrupted(options, policy, async (argv) => {
    ran.push(argv.join(' '));
    return { code: output === '' ? 0 : 2, output };
  });

test('an installation that a power cut ended is finished, and services may start again', async () => {
  await writeFile(policy, OURS);
  await finish();
  expect(ran).toEqual(['dpkg --configure -a']);
  expect(await readdir(folder)).toEqual([]);
});

test("without a trace of ours nothing is done, and an operator's policy stays", async () => {
  await finish();
  await writeFile(policy, '#!/bin/sh\nexit 101\n');
  await finish();
  expect(ran).toEqual([]);
  expect(await readFile(policy, 'utf8')).toBe('#!/bin/sh\nexit 101\n');
});

test('an installation that is going on keeps its policy', async () => {
  await writeFile(policy, OURS);
  await finish('dpkg: error: dpkg frontend lock was locked by another process with pid 7');
  expect(await readFile(policy, 'utf8')).toBe(OURS);
});
