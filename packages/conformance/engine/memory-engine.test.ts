import { expect, test } from 'vitest';
import { MEMORY_PROGRAMS } from './engine-programs.ts';
import { engineConformance } from './engine-suite.ts';
import { EventRecorder, readLines, sampleSpec } from './engine-under-test.ts';
import { createMemoryEngine } from './memory-engine.ts';

engineConformance('the in-memory engine', async () => ({
  engine: createMemoryEngine({
    hasImage: (image) => image === 'memory',
    hasSlug: (digest) => !digest.endsWith('0'.repeat(64)),
  }),
  image: 'memory',
  programs: MEMORY_PROGRAMS,
  close: async () => undefined,
}));

test('a test can let a dyno listen, print and exit', async () => {
  const engine = createMemoryEngine();
  const events = await EventRecorder.open(engine);
  const web = sampleSpec('any', { command: ['npm', 'start'], port: 5000 });
  await engine.start(web);
  engine.processOf(web.dynoId).listen();
  engine.processOf(web.dynoId).write('hello\n');
  engine.processOf(web.dynoId).exit(1);
  await events.until('exited', web.dynoId);
  expect(events.kindsOf(web.dynoId)).toEqual(['started', 'listening', 'exited']);
  expect(await readLines(engine, web.appId, 1)).toEqual(['hello']);
  expect(engine.specOf(web.dynoId).command).toEqual(['npm', 'start']);
  await events.stop();
});

test('a test can let a dyno run out of memory', async () => {
  const engine = createMemoryEngine();
  const events = await EventRecorder.open(engine);
  const worker = sampleSpec('any', { command: ['hog'] });
  await engine.start(worker);
  engine.runOutOfMemory(worker.dynoId);
  await events.until('exited', worker.dynoId);
  expect(events.kindsOf(worker.dynoId)).toEqual(['started', 'oom', 'exited']);
  expect((await engine.list())[0]).toMatchObject({ oomKilled: true, exitCode: 137 });
  await events.stop();
});

test('a test can take the engine away and give it back', async () => {
  const engine = createMemoryEngine();
  const events = await EventRecorder.open(engine);
  const worker = sampleSpec('any', { command: ['work'] });
  await engine.start(worker);
  engine.setAvailable(false);
  await expect(events.ended).rejects.toMatchObject({ id: 'engine_unavailable' });
  await expect(engine.list()).rejects.toMatchObject({ id: 'engine_unavailable' });
  engine.setAvailable(true);
  expect((await engine.list())[0]?.state).toBe('running');
});
