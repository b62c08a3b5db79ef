import { randomUUID } from 'node:crypto';
import type { DynoSpec } from '@jangada/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynoIn, type EngineUnderTest, EventRecorder, readLines, sampleSpec } from './engine-under-test.ts';
import { terminalConformance } from './terminal-suite.ts';

/** What every Engine with Terminals and LineFeed does. One subject serves all tests. */
export function engineConformance(name: string, makeSubject: () => Promise<EngineUnderTest>): void {
  describe(`${name} is an Engine`, () => {
    let subject: EngineUnderTest;
    let engine: EngineUnderTest['engine'];
    const spec = (change: Partial<DynoSpec> & Pick<DynoSpec, 'command'>): DynoSpec => sampleSpec(subject.image, change);

    beforeAll(async () => {
      subject = await makeSubject();
      engine = subject.engine;
    });
    afterAll(() => subject?.close());

    test('a started dyno is listed with all that its spec said', async () => {
      const worker = spec({ command: subject.programs.forever(), port: 5000 });
      const started = await engine.start(worker);
      const expected = {
        dynoId: worker.dynoId,
        appId: worker.appId,
        name: 'worker.1',
        type: 'worker',
        version: 3,
        state: 'running',
        port: 5000,
        listening: false,
        exitCode: null,
        oomKilled: false,
        exitedAt: null,
      };
      expect(started).toMatchObject(expected);
      expect(started.address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(Math.abs(started.startedAt!.getTime() - Date.now())).toBeLessThan(20_000);
      expect(await dynoIn(engine, worker.dynoId)).toEqual(started);
      await engine.stop(worker.dynoId, 0);
    });

    test('one app’s list has its dynos, whatever they do, and no others', async () => {
      const events = await EventRecorder.open(engine);
      const running = spec({ command: subject.programs.forever() });
      const exited = spec({ command: subject.programs.print(['done'], 0), appId: running.appId, name: 'worker.2' });
      const another = spec({ command: subject.programs.forever() });
      await Promise.all([running, exited, another].map((one) => engine.start(one)));
      await events.until('exited', exited.dynoId);
      const ofApp = await engine.list({ appId: running.appId });
      const states = new Map(ofApp.map((dyno) => [dyno.dynoId, dyno.state]));
      expect(states).toEqual(
        new Map([
          [running.dynoId, 'running'],
          [exited.dynoId, 'exited'],
        ]),
      );
      const all = await engine.list({});
      expect(ofApp).toEqual(all.filter((dyno) => dyno.appId === running.appId));
      expect(all.some((dyno) => dyno.dynoId === another.dynoId)).toBe(true);
      expect(await engine.list({ appId: randomUUID() })).toEqual([]);
      await Promise.all([running, exited, another].map((one) => engine.stop(one.dynoId, 0)));
      await events.stop();
    });

    test('starting a dyno twice, also at the same moment, gives the one dyno', async () => {
      const worker = spec({ command: subject.programs.forever() });
      const [one, other] = await Promise.all([engine.start(worker), engine.start(worker)]);
      const third = await engine.start(worker);
      expect(other.address).toBe(one.address);
      expect(third.startedAt).toEqual(one.startedAt);
      expect((await engine.list()).filter((dyno) => dyno.dynoId === worker.dynoId).length).toBe(1);
      await engine.stop(worker.dynoId, 0);
    });

    test('every line comes to the feed from the first on, in order, with its app and dyno', async () => {
      const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`);
      const worker = spec({ command: subject.programs.print(lines, 0) });
      await engine.start(worker);
      expect(await readLines(engine, worker.appId, 200)).toEqual(lines);
      await engine.stop(worker.dynoId, 0);
    });

    test('a line above 10,000 bytes comes in pieces', async () => {
      const worker = spec({ command: subject.programs.longLine(20_005) });
      await engine.start(worker);
      const pieces = await readLines(engine, worker.appId, 3);
      expect(pieces.map((piece) => piece.length)).toEqual([10_000, 10_000, 5]);
      await engine.stop(worker.dynoId, 0);
    });

    test('a dyno that is not captured says nothing in the feed', async () => {
      const silent = spec({ command: subject.programs.print(['secret'], 0), captureOutput: false });
      const heard = spec({ command: subject.programs.print(['heard'], 0), appId: silent.appId });
      const events = await EventRecorder.open(engine);
      await engine.start(silent);
      await events.until('exited', silent.dynoId);
      await engine.start(heard);
      expect(await readLines(engine, silent.appId, 1)).toEqual(['heard']);
      await Promise.all([silent, heard].map(({ dynoId }) => engine.stop(dynoId, 0)));
      await events.stop();
    });

    test('the feed goes on after a cursor and forgets what was acknowledged', async () => {
      const worker = spec({ command: subject.programs.print(['one', 'two', 'three'], 0) });
      await engine.start(worker);
      await readLines(engine, worker.appId, 3);
      let second = '';
      for await (const batch of engine.lines(null, AbortSignal.timeout(15_000))) {
        const found = batch.find(({ line }) => line.appId === worker.appId && line.text === 'two');
        if (found) second = found.cursor;
        if (found) break;
      }
      for await (const batch of engine.lines(second, AbortSignal.timeout(15_000))) {
        expect(batch[0]?.line.text).toBe('three');
        break;
      }
      await engine.acknowledge(second);
      expect(await readLines(engine, worker.appId, 1)).toEqual(['three']);
      await engine.stop(worker.dynoId, 0);
    });

    test('an exit is told, with its code, until the dyno is stopped', async () => {
      const events = await EventRecorder.open(engine);
      const worker = spec({ command: subject.programs.print(['last words'], 3) });
      await engine.start(worker);
      await events.until('exited', worker.dynoId);
      const dyno = await dynoIn(engine, worker.dynoId);
      expect(dyno).toMatchObject({ state: 'exited', exitCode: 3, address: null, oomKilled: false });
      expect(dyno?.exitedAt).toBeInstanceOf(Date);
      expect(await engine.stop(worker.dynoId, 1_000)).toEqual({ exitCode: 3, killed: false });
      expect(await dynoIn(engine, worker.dynoId)).toBeUndefined();
      await events.stop();
    });

    test('the last line of a dyno is in the feed before its exit is told', async () => {
      const events = await EventRecorder.open(engine);
      const worker = spec({ command: subject.programs.print(['last words'], 1) });
      await engine.start(worker);
      await events.until('exited', worker.dynoId);
      const now = new AbortController();
      for await (const batch of engine.lines(null, now.signal)) {
        expect(batch.some(({ line }) => line.appId === worker.appId && line.text === 'last words')).toBe(true);
        break;
      }
      await engine.stop(worker.dynoId, 0);
      await events.stop();
    });

    test('a death by a signal is 128 and the number of the signal', async () => {
      const events = await EventRecorder.open(engine);
      const worker = spec({ command: subject.programs.killItself() });
      await engine.start(worker);
      await events.until('exited', worker.dynoId);
      expect((await dynoIn(engine, worker.dynoId))?.exitCode).toBe(137);
      await engine.stop(worker.dynoId, 0);
      await events.stop();
    });

    test('a bound port is told once it is bound', async () => {
      const events = await EventRecorder.open(engine);
      const web = spec({ command: subject.programs.listen(5123), port: 5123, type: 'web', name: 'web.1' });
      await engine.start(web);
      await events.until('listening', web.dynoId);
      expect(await dynoIn(engine, web.dynoId)).toMatchObject({ listening: true, port: 5123, state: 'running' });
      await engine.stop(web.dynoId, 0);
      await events.stop();
    });

    test('events begin with sync and tell a life in order', async () => {
      const events = await EventRecorder.open(engine);
      expect(events.events[0]).toEqual({ kind: 'sync' });
      const web = spec({ command: subject.programs.listen(5124), port: 5124 });
      await engine.start(web);
      await events.until('listening', web.dynoId);
      await engine.stop(web.dynoId, 5_000);
      await events.until('exited', web.dynoId);
      expect(events.kindsOf(web.dynoId)).toEqual(['started', 'listening', 'exited']);
      await events.stop();
    });

    test('events end quietly when the signal aborts', async () => {
      const events = await EventRecorder.open(engine);
      await events.stop();
      const aborted: unknown[] = [];
      for await (const event of engine.events(AbortSignal.abort())) aborted.push(event);
      expect(aborted).toEqual([]);
    });

    test('stop sends SIGTERM and gives the exit status of a process that ends by itself', async () => {
      const worker = spec({ command: subject.programs.graceful(5) });
      await engine.start(worker);
      await readLines(engine, worker.appId, 1);
      expect(await engine.stop(worker.dynoId, 60_000)).toEqual({ exitCode: 5, killed: false });
      expect((await readLines(engine, worker.appId, (texts) => texts.includes('bye')))[0]).toBe('ready');
    });

    test('stop kills what does not end in the time of grace', async () => {
      const worker = spec({ command: subject.programs.stubborn() });
      await engine.start(worker);
      await readLines(engine, worker.appId, 1);
      const begun = performance.now();
      expect(await engine.stop(worker.dynoId, 300)).toEqual({ exitCode: 137, killed: true });
      expect(performance.now() - begun).toBeGreaterThanOrEqual(299);
      expect(await dynoIn(engine, worker.dynoId)).toBeUndefined();
    });

    test('stopping what is not there gives nulls', async () => {
      expect(await engine.stop(randomUUID(), 1_000)).toEqual({ exitCode: null, killed: false });
    });

    test('a stopped dyno can be started again under the same id', async () => {
      const worker = spec({ command: subject.programs.forever() });
      await engine.start(worker);
      await engine.stop(worker.dynoId, 0);
      expect((await engine.start(worker)).state).toBe('running');
      await engine.stop(worker.dynoId, 0);
    });

    test('a paused dyno is listed as such, goes on when resumed, and can be stopped while paused', async () => {
      if (!engine.pause || !engine.resume) return;
      const worker = spec({ command: subject.programs.forever() });
      const { address } = await engine.start(worker);
      await engine.pause(worker.dynoId);
      expect(await dynoIn(engine, worker.dynoId)).toMatchObject({ state: 'paused', address });
      await engine.resume(worker.dynoId);
      expect(await dynoIn(engine, worker.dynoId)).toMatchObject({ state: 'running', address });
      await engine.pause(worker.dynoId);
      expect((await engine.stop(worker.dynoId, 60_000)).killed).toBe(false);
    });

    test('running dynos have statistics, others have none', async () => {
      const worker = spec({ command: subject.programs.forever() });
      await engine.start(worker);
      const reading = (await engine.stats()).find(({ dynoId }) => dynoId === worker.dynoId);
      expect(reading?.pids).toBeGreaterThanOrEqual(1);
      expect(reading?.memoryBytes).toBeGreaterThan(10_000);
      expect(reading?.cpuSeconds).toBeGreaterThan(0);
      await engine.stop(worker.dynoId, 0);
      expect((await engine.stats()).some(({ dynoId }) => dynoId === worker.dynoId)).toBe(false);
    });

    test('an image that is not there is a stack that was not found, and leaves nothing', async () => {
      const worker = spec({ command: subject.programs.forever(), image: 'jangada-missing:1' });
      await expect(engine.start(worker)).rejects.toMatchObject({ id: 'stack_not_found' });
      expect(await dynoIn(engine, worker.dynoId)).toBeUndefined();
    });

    test('a slug that is not there is a slug that was not found, and leaves nothing', async () => {
      const worker = spec({ command: subject.programs.forever(), slug: `sha256:${'0'.repeat(64)}` });
      await expect(engine.start(worker)).rejects.toMatchObject({ id: 'slug_not_found' });
      expect(await dynoIn(engine, worker.dynoId)).toBeUndefined();
    });

    test('a start whose signal is aborted does not happen', async () => {
      const worker = spec({ command: subject.programs.forever() });
      await expect(engine.start(worker, AbortSignal.abort(new Error('enough')))).rejects.toThrow();
      expect(await dynoIn(engine, worker.dynoId)).toBeUndefined();
    });

    terminalConformance(() => subject);
  });
}
