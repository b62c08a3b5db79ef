import { execFile } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DEFAULT_DYNO_UIDS, type Digest, homeLayout, SLUG_UID } from '@jangada/core';
import { createDockerEngine, type DockerEngine, type DockerEngineOptions } from './index.ts';
import { probeOwnUids } from './own-uids-probe.ts';

/** Image of the system tests: Debian with a shell, perl, curl. Nothing of the platform. */
export const TEST_IMAGE = 'test-base:1';

/** Why dynos of this machine are one user; null where each is one of its own. */
export const sharedUserReason: string | null = await probeOwnUids(
  join(tmpdir(), `jangada-probe-${randomBytes(6).toString('hex')}`),
  DEFAULT_DYNO_UIDS.last,
);

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

/** Packs files as a slug the way the builder does: everything belongs to one user. */
export async function makeSlug(
  { slugs, options }: Pick<TestInstallation, 'slugs' | 'options'>,
  files: Readonly<Record<string, string>>,
): Promise<Digest> {
  const tree = join(slugs, `tree-${randomUUID()}`);
  await mkdir(tree);
  for (const [name, content] of Object.entries(files)) await writeFile(join(tree, name), content);
  const image = `${tree}.sqfs`;
  const owner = ['-force-uid', String(SLUG_UID), '-force-gid', String(SLUG_UID)];
  await promisify(execFile)('mksquashfs', [tree, image, '-comp', 'zstd', '-no-progress', ...owner]);
  const hash = createHash('sha256').update(await readFile(image));
  const digest: Digest = `sha256:${hash.digest('hex')}`;
  await rename(image, options.slugFile(digest));
  return digest;
}

/** Ids of the containers that hold a network for dynos: those that wait for one, and those that have one. */
export async function sandboxesOf({ installId, socketPath }: DockerEngineOptions): Promise<readonly string[]> {
  const host = `unix://${socketPath ?? '/var/run/docker.sock'}`;
  const filter = ['--filter', `label=jangada.install=${installId}`, '--format', '{{.ID}} {{.Label "jangada.sandbox"}}'];
  const { stdout } = await promisify(execFile)('docker', ['--host', host, 'ps', '--all', '--no-trunc', ...filter]);
  const rows = stdout.split('\n').map((row) => row.split(' '));
  return rows.flatMap(([id, sandbox]) => (id && sandbox ? [id] : []));
}
