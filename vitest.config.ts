import { defineConfig } from 'vitest/config';

/** `unit` needs nothing but Node. `system` uses the real engine, database, HAProxy and git. `e2e` drives a whole installation. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
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
          include: ['{packages,apps,buildpacks}/**/*.system.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Much of a test is waiting: for a container, a time-out, a lock. More than two would wait for the processor.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.e2e.test.ts'],
          globalSetup: ['e2e/harness/global-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
