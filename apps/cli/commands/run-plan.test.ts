import { setTimeout as delay } from 'node:timers/promises';
import { homeLayout } from '@jangada/core';
import { expect, test } from 'vitest';
import { runPlan } from './run-plan.ts';

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('steps end in order at %s', async (name) => {
  const done: string[] = [];
  const step = {
    name: 'packages',
    needs: [],
    run: async (_say: unknown, signal: AbortSignal): Promise<string> => {
      setImmediate(() => process.emit(name));
      try {
        await delay(3_000, undefined, { signal });
      } finally {
        done.push('put in order');
      }
      return 'not interrupted';
    },
  };
  const config = { home: homeLayout('/nonexistent'), root: '/', env: {}, dockerSocket: '/nonexistent' };
  const status = await runPlan([step], { config, print: () => {}, progress: () => {} });
  expect({ status, done }).toEqual({ status: 130, done: ['put in order'] });
  expect(process.listenerCount('SIGHUP')).toBe(0);
});
