import { SAMPLE_ROWS } from '@jangada/conformance';
import type { Dyno } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { expect, test } from 'vitest';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { startDyno } from './start-dyno.ts';

/** A context in which there is one dyno, that is to be started. */
async function oneDyno(change: Partial<Dyno> = {}): Promise<{ readonly context: TestContext; readonly dyno: Dyno }> {
  const context = createTestContext();
  const dyno: Dyno = { ...SAMPLE_ROWS.dynos, state: 'created', startedAt: null, ...change };
  await context.store.transaction(async (tx) => {
    await tx.accounts.insert(SAMPLE_ROWS.accounts);
    await tx.apps.insert(SAMPLE_ROWS.apps);
    await tx.slugs.insert({ ...SAMPLE_ROWS.slugs, images: null });
    await tx.releases.insert({ ...SAMPLE_ROWS.releases, slugId: SAMPLE_ROWS.slugs.id });
    await tx.dynos.insert(dyno);
  });
  return { context, dyno };
}

/** Starts a dyno that has to wait for its turn at the engine so long, and returns its row. */
async function startedAfter(waitMs: number): Promise<{ readonly dyno: Dyno; readonly launched: Date }> {
  const { context, dyno } = await oneDyno();
  const { engine } = context;
  const waiting = {
    ...engine,
    async start(...call: Parameters<typeof engine.start>) {
      await context.clock.advance(waitMs);
      return engine.start(...call);
    },
  };
  await startDyno({ ...context, engine: waiting }, dyno);
  return { dyno: (await context.store.rows.dynos.get(dyno.id))!, launched: context.clock.now() };
}

test('the boot time-out of a dyno that waited for its turn, as all do after a power cut, begins when it starts', async () => {
  const { dyno, launched } = await startedAfter(90_000);
  expect(dyno).toMatchObject({ state: 'starting', startedAt: launched });
});

test('a start without a wait costs no second write', async () => {
  const { dyno, launched } = await startedAfter(500);
  expect(launched.getTime() - dyno.startedAt!.getTime()).toBe(500);
});

test('a one-off that the engine cannot run has ended, with the reason in the log: it is not started again', async () => {
  const { context, dyno } = await oneDyno({ type: 'run', number: 1234, name: 'run.1234', port: null });
  const start = () => Promise.reject(new PlatformError('disk_full', 'The disk is full.'));
  await startDyno({ ...context, engine: { ...context.engine, start } }, dyno);
  expect(await context.store.rows.dynos.get(dyno.id)).toMatchObject({ stopping: 'finished', restartAt: null });
  expect(context.logOf(dyno.appId)).toContain('heroku[run.1234]: Error R99 (Platform error) -> The disk is full.');
});

test('a dyno of the formation that the engine cannot run has crashed', async () => {
  const { context, dyno } = await oneDyno({ type: 'worker', number: 1, name: 'worker.1', port: null });
  const start = () => Promise.reject(new PlatformError('disk_full', 'The disk is full.'));
  await startDyno({ ...context, engine: { ...context.engine, start } }, dyno);
  expect(await context.store.rows.dynos.get(dyno.id)).toMatchObject({ state: 'crashed', stopping: null });
});

test('a one-off is up as soon as it runs', async () => {
  const { context, dyno } = await oneDyno({ type: 'run', number: 1234, name: 'run.1234', port: null });
  await startDyno(context, dyno);
  expect(await context.store.rows.dynos.get(dyno.id)).toMatchObject({ state: 'up', startedAt: context.clock.now() });
  expect(context.logOf(dyno.appId).at(-1)).toBe('heroku[run.1234]: State changed from starting to up');
});
