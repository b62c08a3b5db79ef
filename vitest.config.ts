import { defineConfig } from 'vitest/config';

/** Polls wait for what must become so, not for how soon: a machine that is busy otherwise needs seconds for some. */
const polling = (timeout: number): object => ({ poll: { timeout } });

/** `unit` needs nothing but Node. `system` uses the real engine, database, HAProxy and git. `e2e` drives a whole installation. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          expect: polling(15_000),
          include: ['{packages,apps,buildpacks,e2e,checks}/**/*.test.ts'],
          exclude: ['**/*.system.test.ts', '**/*.e2e.test.ts', '**/node_modules/**'],
          // Modules are loaded once for all files: a third of the time. Unit tests leave nothing behind in them.
          isolate: false,
          pool: 'threads',
          // Tests take milliseconds; on a machine that is busy otherwise some take seconds.
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'system',
          expect: polling(30_000),
          include: ['{packages,apps,buildpacks}/**/*.system.test.ts'],
          // Ends what hangs. A slow machine that is busy otherwise needs a minute and a half for the longest.
          testTimeout: 480_000,
          hookTimeout: 480_000,
          // Much of a test is waiting: for a container, a time-out, a lock. More than two would wait for the processor.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          expect: polling(30_000),
          include: ['e2e/**/*.e2e.test.ts'],
          globalSetup: ['e2e/harness/global-setup.ts'],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
