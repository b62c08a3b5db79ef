import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_BUILD_LIMITS } from './index.ts';
import {
  type Built,
  bash,
  type Files,
  failureOf,
  openTestBuilder,
  type TestBuilder,
  testBuildpack,
} from './test-builder.ts';

const MEGABYTE = 1024 ** 2;
let under: TestBuilder;

beforeAll(async () => {
  under = await openTestBuilder();
});
afterAll(() => under.close());

const buildWith = async (pack: Files, more: Parameters<TestBuilder['build']>[1] = {}): Promise<Built> => {
  const builder = await under.withBuildpacks({ ruby: pack });
  return under.build({ a: '' }, { buildpacks: ['heroku/ruby'], ...more }, { builder });
};

test.each([
  ['255', 'exit 255'],
  ['of SIGKILL', 'kill -9 $$'],
])('bin/compile with the status %s has failed', async (_status, compile) => {
  expect(failureOf((await buildWith(testBuildpack(compile))).result)).toEqual({ kind: 'compile_failed', app: 'Test' });
});

test('bin/detect with any other status than 0 does not want the app', async () => {
  const { result } = await buildWith(testBuildpack('true', { 'bin/detect': bash('exit 77') }));
  expect(failureOf(result)).toEqual({ kind: 'not_compatible', buildpack: 'heroku/ruby' });
});

test.each([
  ['is missing', null, {}],
  ['prints only the start of a document', 'echo ---', {}],
  ['prints no YAML', 'echo "{{"; echo "- x: ["', {}],
  [
    'prints what Heroku’s print',
    'echo "---"; echo "addons: []"; echo "default_process_types:"; echo "  web: x"',
    { web: 'x' },
  ],
])('bin/release that %s is no failure', async (_case, release, processTypes) => {
  const more: Files = release === null ? {} : { 'bin/release': bash(release) };
  expect((await buildWith(testBuildpack('true', more))).result).toMatchObject({ ok: true, processTypes });
});

test('bin/release that fails ends the build', async () => {
  const { result } = await buildWith(testBuildpack('true', { 'bin/release': bash('exit 9') }));
  expect(failureOf(result)).toEqual({ kind: 'release_failed', app: 'Test' });
});

test('a bin/detect that hangs is killed at the time limit', async () => {
  const pack = testBuildpack('true', { 'bin/detect': bash('trap "" TERM; sleep 600') });
  const { result } = await buildWith(pack, { limits: { timeMs: 2_000 } });
  expect(failureOf(result)).toEqual({ kind: 'timed_out', app: null, minutes: 1 });
  await under.nothingLeft();
});

test('processes without end are bounded, and all of them go', async () => {
  const dyno = { ...DEFAULT_BUILD_LIMITS.dyno, pids: 100 };
  const { result } = await buildWith(testBuildpack('b() { b | b & }; b; sleep 600'), {
    limits: { timeMs: 4_000, dyno },
  });
  expect(failureOf(result)).toMatchObject({ kind: expect.stringMatching(/timed_out|compile_failed/) });
  await under.nothingLeft();
});

test('processes that a buildpack leaves behind do not hold the build up', async () => {
  const { result } = await buildWith(testBuildpack('(trap "" TERM HUP; sleep 600) & disown'), {
    limits: { timeMs: 120_000 },
  });
  expect(failureOf(result)).toBe('built');
  await under.nothingLeft();
});

test('a build that fills the disk is ended while there is room for what runs, and leaves nothing', async () => {
  const place = await mkdtemp(join(tmpdir(), 'jangada-small-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300m', 'tmpfs', place]);
  const small = await openTestBuilder({}, [], place);
  try {
    const pack = testBuildpack('head -c 220000000 /dev/zero > $2/large; echo written; sleep 600');
    const builder = await small.withBuildpacks({ ruby: pack }, { minimumFreeBytes: 200 * MEGABYTE });
    const { result } = await small.build({ a: '' }, { appId: 'filler', limits: { timeMs: 120_000 } }, { builder });
    expect(failureOf(result)).toMatchObject({
      kind: 'disk_full',
      reason: expect.stringContaining('The operator has to make room; the app goes on serving.'),
    });
    await small.nothingLeft();
    await expect.poll(() => readdir(small.home.caches)).toEqual([]);
  } finally {
    await small.close();
    execFileSync('umount', [place]);
    await rm(place, { recursive: true });
  }
});
