import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeLayout } from '@jangada/core';
import { createDockerEngine, type DockerEngine, type DockerEngineOptions } from './index.ts';

/** Image of the system tests: Debian with a shell, perl, curl. Nothing of the platform. */
export const TEST_IMAGE = 'test-base:1';

export interface TestInstallation {
  readonly options: DockerEngineOptions;
  readonly engine: DockerEngine;
  /** Where `slugFile` looks: `<hex digits>.sqfs`. */
  readonly slugs: string;
  close(): Promise<void>;
}

/** An installation of its own on this machine's Docker Engine, all of which goes with `close`. */
export async function openTestInstallation(change: Partial<DockerEngineOptions> = {}): Promise<TestInstallation> {
  const root = await mkdtemp(join(tmpdir(), 'jangada-engine-'));
  const options: DockerEngineOptions = {
    installId: randomBytes(6).toString('hex'),
    home: homeLayout(root),
    slugFile: (digest) => join(root, `${digest.slice('sha256:'.length)}.sqfs`),
    ...change,
  };
  const engine = createDockerEngine(options);
  await engine.open();
  return {
    options,
    engine,
    slugs: root,
    async close() {
      await engine.teardown();
      await engine.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
