import { SAMPLE_ROWS } from '@jangada/conformance';
import type { Dyno } from '@jangada/core';
import { expect, test } from 'vitest';
import { createTestContext } from '../testing/test-context.ts';
import { startDyno } from './start-dyno.ts';

/** Starts a dyno that has to wait for its turn at the engine so long, and returns its row. */
async function startedAfter(waitMs: number): Promise<{ readonly dyno: Dyno; readonly launched: Date }> {
  const context = createTestContext();
  const dyno: Dyno = { ...SAMPLE_ROWS.dynos, state: 'created', startedAt: null };
  await context.store.transaction(async (tx) => {
    await tx.accounts.insert(SAMPLE_ROWS.accounts);
    await tx.apps.insert(SAMPLE_ROWS.apps);
    await tx.slugs.insert({ ...SAMPLE_ROWS.slugs, images: null });
    await tx.releases.insert({ ...SAMPLE_ROWS.releases, slugId: SAMPLE_ROWS.slugs.id });
    await tx.dynos.insert(dyno);
  });
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
