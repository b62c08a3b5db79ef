import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { failureOf, openTestBuilder, testBuildpack as pack, type TestBuilder } from './test-builder.ts';

let under: TestBuilder;

beforeAll(async () => {
  under = await openTestBuilder();
});
afterAll(() => under.close());

describe('a build that cannot succeed', () => {
  test('without a language says so', async () => {
    const { result } = await under.build({ 'README.txt': 'x' });
    expect(failureOf(result)).toEqual({ kind: 'no_language' });
  });

  test('whose buildpack does not fit, or cannot be fetched, names it', async () => {
    const unfit = await under.build({ a: '' }, { buildpacks: ['heroku/nodejs'] });
    expect(failureOf(unfit.result)).toEqual({ kind: 'not_compatible', buildpack: 'heroku/nodejs' });
    const away = await under.build({ a: '' }, { buildpacks: ['https://nothing.invalid/x.tgz'] });
    expect(failureOf(away.result)).toMatchObject({
      kind: 'buildpack_unavailable',
      buildpack: 'https://nothing.invalid/x.tgz',
      reason: expect.stringContaining('curl'),
    });
    const broken = await under.build({ a: '' }, { buildpacks: ['nodejs'] });
    expect(failureOf(broken.result)).toMatchObject({ kind: 'buildpack_unavailable' });
  });

  test('of a Procfile with an error tells it', async () => {
    const { result } = await under.build({ 'package.json': '{}', Procfile: 'w.b: x\n' });
    expect(failureOf(result)).toMatchObject({ kind: 'bad_procfile', reason: expect.stringContaining('line 1') });
  });

  test('of a source that is no archive, or breaks off, fails as bad source', async () => {
    const garbage = await under.build({}, { source: async () => Readable.from([Buffer.from('no tar')]) });
    expect(failureOf(garbage.result)).toMatchObject({ kind: 'bad_source' });
    const broken = async (): Promise<Readable> =>
      Readable.from(
        (async function* () {
          yield Buffer.alloc(512);
          throw new Error('gone');
        })(),
      );
    expect(failureOf((await under.build({}, { source: broken })).result)).toMatchObject({ kind: 'bad_source' });
    await under.nothingLeft();
  });

  test('is killed at its time limit, with nothing left and the cache dropped', async () => {
    const builder = await under.withBuildpacks({ ruby: pack('echo x > $2/half; echo half; sleep 600') });
    const limits = { timeMs: 59_000 };
    using timers = vi.spyOn(globalThis, 'setTimeout');
    // The limit is reached once the buildpack is at work, however long the container took to start.
    const reachLimit = (): void => timers.mock.calls.find(([, ms]) => ms === limits.timeMs)![0]();
    const watch = (output: string): unknown => output.includes('half') && reachLimit();
    const { result } = await under.build({ a: '' }, { appId: 'slow', limits }, { builder, watch });
    expect(failureOf(result)).toEqual({ kind: 'timed_out', app: 'Test', minutes: 1 });
    expect(await readdir(under.home.caches)).not.toContain('slow');
    await under.nothingLeft();
  });

  test('ends at once when it is cancelled', async () => {
    const builder = await under.withBuildpacks({ ruby: pack('echo started; (sleep 600 &) ; sleep 600') });
    const cancel = new AbortController();
    const began = under.build(
      { a: '' },
      {},
      {
        builder,
        signal: cancel.signal,
        watch: (output) => output.includes('started') && cancel.abort(),
      },
    );
    expect(failureOf((await began).result)).toEqual({ kind: 'cancelled' });
    await under.nothingLeft();
  });

  test('that needs more memory than builds have says so', async () => {
    const builder = await under.withBuildpacks({
      ruby: pack("x=$(head -c 400000000 /dev/zero | tr '\\0' x); wc -c <<< $x"),
    });
    const dyno = {
      memoryQuota: 1 << 27,
      memoryLimit: 1 << 27,
      cpuShares: 512,
      cpus: null,
      pids: 100,
      diskBytes: 1 << 28,
    };
    const { result } = await under.build({ a: '' }, { limits: { dyno } }, { builder });
    expect(failureOf(result)).toEqual({ kind: 'out_of_memory', app: 'Test' });
  });

  test('with a slug above the limit says the size', async () => {
    const limits = { slugBytes: 100_000 };
    const builder = await under.withBuildpacks({ ruby: pack('head -c 300000 /dev/urandom > $1/big') });
    const { result } = await under.build({ a: '' }, { limits }, { builder });
    expect(failureOf(result)).toMatchObject({ kind: 'slug_too_large', limit: 100_000 });
  });

  test('is refused while the disk is nearly full', async () => {
    const builder = await under.builder({ minimumFreeBytes: 2 ** 60 });
    const { result } = await under.build({ a: '' }, {}, { builder });
    expect(failureOf(result)).toMatchObject({ kind: 'disk_full', reason: expect.stringContaining('GB are free') });
  });
});

describe('a hostile build', () => {
  test('reads nothing of the host through links in its results or its tree', async () => {
    const secret = join(under.home.root, 'secret');
    await writeFile(secret, 'web: host secret\n');
    const builder = await under.withBuildpacks({
      ruby: pack(`rm -f /opt/jangada/result/app; ln -s ${secret} /opt/jangada/result/app
        ln -s ${secret} /opt/jangada/result/release.yml; ln -s ${secret} $1/link; echo 'web: ok' > $1/Procfile`),
    });
    const { result, output } = await under.build({ a: '' }, {}, { builder });
    expect(JSON.stringify(result) + output).not.toContain('host secret');
    expect(result).toMatchObject({ ok: true, processTypes: { web: 'ok' } });
    expect(await under.run(result, 'cat link 2>&1')).not.toContain('host secret');
  });

  test('cannot change the buildpacks, the runtimes, the driver or the answers of the platform', async () => {
    const builder = await under.withBuildpacks({
      ruby: pack(
        'for d in /opt/jangada/buildpacks /opt/jangada/driver /opt/jangada/plan /opt/jangada/runtime-answers /opt/jangada/registered /app/.jangada / /etc /usr/bin /var /opt; do touch $d/x 2>/dev/null && echo "WROTE $d"; done; true',
      ),
    });
    const { output } = await under.build({ a: '' }, {}, { builder });
    expect(output).not.toContain('WROTE');
  });

  test('that prints without end is cut off, and the build goes on', async () => {
    const builder = await under.withBuildpacks({ ruby: pack('yes | head -c 3000000') });
    const { result, output } = await under.build({ a: '' }, { limits: { outputBytes: 10_000 } }, { builder });
    expect(failureOf(result)).toBe('built');
    expect(output).toContain('There is too much output');
    expect(output.length).toBeLessThan(12_000);
  });
});

test('after a crash, sweeping removes containers, folders and the half-written cache', async () => {
  const builder = await under.withBuildpacks({ ruby: pack('echo x > $2/half; echo started; sleep 600') });
  const crashed = join(under.home.builds, 'crashed');
  await mkdir(join(under.home.caches, 'app-9'), { recursive: true });
  await mkdir(crashed, { recursive: true });
  await writeFile(join(crashed, 'app-id'), 'app-9');
  const running = new Promise<void>((resolve) => {
    void under.build(
      { a: '' },
      { appId: 'app-8' },
      { builder, watch: (text) => text.includes('started') && resolve() },
    );
  });
  await running;
  const interrupted = await builder.sweep();
  expect(interrupted).toContain('crashed');
  expect(await readdir(under.home.caches)).not.toContain('app-9');
  await under.nothingLeft();
  await rm(under.home.builds, { recursive: true, force: true });
  expect(await builder.sweep()).toEqual([]);
});
