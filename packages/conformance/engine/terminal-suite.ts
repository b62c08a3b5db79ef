import { randomUUID } from 'node:crypto';
import type { DynoSpec } from '@jangada/core';
import { describe, expect, test } from 'vitest';
import { dynoIn, type EngineUnderTest, readAll, sampleSpec } from './engine-under-test.ts';

/** What every Terminals does; part of `engineConformance`. */
export function terminalConformance(subjectNow: () => EngineUnderTest): void {
  describe('with terminals', () => {
    const oneOff = (command: readonly string[], change: Partial<DynoSpec> = {}): DynoSpec =>
      sampleSpec(subjectNow().image, { command, name: 'run.1234', type: 'run', captureOutput: false, ...change });

    test('a one-off gets its input, gives its output and its exit status', async () => {
      const { engine, programs } = subjectNow();
      const run = oneOff(programs.copyInput(7));
      const terminal = await engine.run(run, null);
      terminal.stream.write('one\n');
      terminal.stream.end('two\n');
      expect(await readAll(terminal.stream)).toBe('one\ntwo\n');
      expect(await terminal.exited).toBe(7);
      expect(await dynoIn(engine, run.dynoId)).toMatchObject({ state: 'exited', exitCode: 7, name: 'run.1234' });
      expect(await engine.stop(run.dynoId, 0)).toEqual({ exitCode: 7, killed: false });
    });

    test('output is complete though nobody reads until the end', async () => {
      const { engine, programs } = subjectNow();
      const lines = Array.from({ length: 500 }, (_, index) => `${index} ${'y'.repeat(100)}`);
      const run = oneOff(programs.print(lines, 0));
      const terminal = await engine.run(run, null);
      expect(await terminal.exited).toBe(0);
      expect(await readAll(terminal.stream)).toBe(`${lines.join('\n')}\n`);
      await engine.stop(run.dynoId, 0);
    });

    test('aborting the signal kills a one-off', async () => {
      const { engine, programs } = subjectNow();
      const run = oneOff(programs.stubborn());
      const stop = new AbortController();
      const terminal = await engine.run(run, null, stop.signal);
      terminal.stream.on('error', () => undefined);
      stop.abort();
      expect(await terminal.exited.catch(() => 137)).toBe(137);
      expect((await engine.stop(run.dynoId, 5_000)).exitCode).toBe(137);
    });

    test('a one-off with a terminal knows its size, also when that changes', async () => {
      const { engine, programs } = subjectNow();
      const run = oneOff(programs.showTerminal());
      const terminal = await engine.run(run, { columns: 80, rows: 24 });
      await terminal.resize({ columns: 132, rows: 43 });
      terminal.stream.write('\n');
      expect((await readAll(terminal.stream)).trim()).toBe('43 132');
      expect(await terminal.exited).toBe(0);
      await engine.stop(run.dynoId, 0);
    });

    test('an environment of 60 KB goes through', async () => {
      const { engine, programs } = subjectNow();
      const value = 'v'.repeat(60_000);
      const run = oneOff(programs.showVariable('BIG'), { env: { BIG: value } });
      const terminal = await engine.run(run, null);
      expect((await readAll(terminal.stream)).trim()).toBe(value);
      await engine.stop(run.dynoId, 0);
    });

    test('a process in a running dyno has its environment, input, output and exit status', async () => {
      const { engine, programs } = subjectNow();
      const worker = oneOff(programs.forever(), { type: 'worker', name: 'worker.1', env: { COLOUR: 'azul' } });
      await engine.start(worker);
      const show = await engine.exec(worker.dynoId, programs.showVariable('COLOUR'), null);
      expect((await readAll(show.stream)).trim()).toBe('azul');
      const copy = await engine.exec(worker.dynoId, programs.copyInput(9), null);
      copy.stream.end('typed\n');
      expect(await readAll(copy.stream)).toBe('typed\n');
      expect(await copy.exited).toBe(9);
      expect((await dynoIn(engine, worker.dynoId))?.state).toBe('running');
      await engine.stop(worker.dynoId, 0);
    });

    test('a process in a running dyno is killed by its signal, the dyno is not', async () => {
      const { engine, programs } = subjectNow();
      const worker = oneOff(programs.forever(), { type: 'worker', name: 'worker.1' });
      await engine.start(worker);
      const stop = new AbortController();
      const shell = await engine.exec(worker.dynoId, programs.stubborn(), { columns: 80, rows: 24 }, stop.signal);
      shell.stream.on('error', () => undefined);
      stop.abort();
      expect(await shell.exited.catch(() => 137)).toBe(137);
      expect((await dynoIn(engine, worker.dynoId))?.state).toBe('running');
      await engine.stop(worker.dynoId, 0);
    });

    test('a process in a running dyno ends when its terminal hangs up', async () => {
      const { engine, programs } = subjectNow();
      const worker = oneOff(programs.forever(), { type: 'worker', name: 'worker.1' });
      await engine.start(worker);
      const shell = await engine.exec(worker.dynoId, programs.forever(), { columns: 80, rows: 24 });
      shell.stream.destroy();
      expect(await shell.exited).toBeGreaterThan(128);
      await engine.stop(worker.dynoId, 0);
    });

    test('a process in a dyno that does not run is not found', async () => {
      const { engine, programs } = subjectNow();
      await expect(engine.exec(randomUUID(), programs.forever(), null)).rejects.toMatchObject({ id: 'not_found' });
    });
  });
}
