import { randomBytes } from 'node:crypto';
import {
  createFakeClock,
  createMemoryBlobStore,
  createMemoryEngine,
  createMemoryRouteTable,
  createMemoryStore,
  type FakeClock,
  type MemoryEngine,
  type MemoryRouteTable,
} from '@jangada/conformance';
import {
  DEFAULT_SETTINGS,
  formatLogLine,
  homeLayout,
  type Images,
  type LogHub,
  type LogLine,
  type OutputStreams,
  sizeTable,
  systemIds,
} from '@jangada/core';
import { createCapabilities } from '../capabilities/capabilities.ts';
import type { Context } from '../context.ts';

/** A context whose adapters are all in memory, with their handles. */
export interface TestContext extends Context {
  readonly clock: FakeClock;
  readonly engine: MemoryEngine;
  readonly routes: MemoryRouteTable;
  /** The app's log so far, as the CLI shows it, without time stamps. */
  logOf(appId: string): readonly string[];
}

export function createTestContext(): TestContext {
  const clock = createFakeClock();
  const engine = createMemoryEngine();
  const lines: LogLine[] = [];
  const logs: Pick<LogHub, 'append' | 'remove'> = {
    append: async (more) => void lines.push(...more),
    remove: async () => undefined,
  };
  return {
    settings: { ...DEFAULT_SETTINGS, installId: 'test' },
    home: homeLayout('/nonexistent'),
    store: createMemoryStore(),
    sizes: sizeTable(),
    downloadHosts: [],
    clock,
    ids: systemIds,
    logs: logs as LogHub,
    outputs: {} as OutputStreams,
    blobs: createMemoryBlobStore(),
    engine,
    terminals: engine,
    images: {} as Images,
    routes: createMemoryRouteTable(),
    capabilities: createCapabilities(randomBytes(32), clock),
    stackImage: async () => 'stack',
    freeBytes: async () => Number.POSITIVE_INFINITY,
    report: () => undefined,
    logOf: (appId) =>
      lines.filter((line) => line.appId === appId).map((line) => formatLogLine({ ...line, at: '' }).trim()),
  };
}
