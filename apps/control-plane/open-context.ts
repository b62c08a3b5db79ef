import { statfs } from 'node:fs/promises';
import { openBlobStore } from '@jangada/blob-store';
import { type Engine, type Images, type RouteTable, systemClock, systemIds, type Terminals } from '@jangada/core';
import { createBuildGuard, createDockerImages, DEFAULT_BUILD_BOUNDS } from '@jangada/engine-docker';
import { openLogHub, openOutputStreams } from '@jangada/log-hub';
import { report } from '@jangada/process';
import { openStack } from '@jangada/stack';
import { openPostgresStore } from '@jangada/store-postgres';
import { createCapabilities } from './capabilities/capabilities.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';

/** Opens everything that the use cases reach, the database with its migrations first. */
export async function openContext(
  config: Config,
  engine: Engine & Terminals,
  routes: RouteTable,
): Promise<{ context: Context; close(): Promise<void> }> {
  const { home, settings, masterKey } = config;
  const store = await openPostgresStore({ databaseUrl: config.databaseUrl, masterKey, report });
  const logs = await openLogHub(home.logs);
  const outputs = await openOutputStreams(home.outputs);
  const stacks = openStack({ home, dockerSocket: config.dockerSocket });
  const context: Context = {
    settings,
    home,
    store,
    sizes: config.sizes,
    downloadHosts: config.buildOptions.downloadHosts,
    clock: systemClock,
    ids: systemIds,
    logs,
    outputs,
    blobs: await openBlobStore(home.blobs),
    engine,
    terminals: engine,
    images: openImages(config),
    routes,
    capabilities: createCapabilities(masterKey, systemClock),
    stackImage: (stack, variant) => stacks.image(stack, variant),
    freeBytes: () => freeBytes(home.root),
    report,
  };
  return {
    context,
    async close() {
      await logs.close();
      await outputs.close();
      await store.close();
    },
  };
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Images are built and kept by the machine's engine itself, beside the dynos that the agent runs on it. */
function openImages({ settings, dockerSocket: socketPath }: Config): Images {
  const { installId, httpPort, httpsPort } = settings;
  const publicPorts = [httpPort, httpsPort];
  const guard = createBuildGuard({ installId, socketPath, publicPorts, bounds: DEFAULT_BUILD_BOUNDS, report });
  return createDockerImages({ installId, socketPath, guard });
}
