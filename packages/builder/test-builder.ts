import { execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BlobFolder, openBlobStore } from '@jangada/blob-store';
import { type Home, homeLayout } from '@jangada/core';
import { createDockerEngine, type DockerEngine } from '@jangada/engine-docker';
import { openStack, openStackPackages } from '@jangada/stack';
import { type Builder, type BuilderOptions, type BuildRequest, type BuildResult, createBuilder } from './index.ts';

/** Image of the system tests: Debian with a shell, curl, git. No Node. */
const TEST_IMAGE = 'test-base:1';
const FOREVER = new AbortController().signal;

/** Longest wait for what a build has left: it is taken away while the caller has its result already. */
const REMOVAL_MS = 60_000;

export interface Built {
  readonly result: BuildResult;
  readonly output: string;
}

/** A builder with the real engine, in a home and an installation of its own, all of which goes with `close`. */
export interface TestBuilder {
  readonly home: Home;
  readonly engine: DockerEngine;
  readonly blobs: BlobFolder;
  /** This machine as its builds see it. */
  readonly gateway: string;
  /** Another builder on the same home, for example with less room. */
  builder(options?: Partial<BuilderOptions>): Promise<Builder>;
  /** A builder whose built-in buildpacks are these, by name. */
  withBuildpacks(buildpacks: Readonly<Record<string, Files>>, options?: Partial<BuilderOptions>): Promise<Builder>;
  /** Has the stack's smallest image made, which runtimes of its packages are made against. */
  makeStack(): Promise<void>;
  /** Waits until no build has a folder or a container any more. Throws when that does not come about. */
  nothingLeft(): Promise<void>;
  /** Builds a folder, or files by name. */
  build(source: string | Files, request?: Partial<BuildRequest>, options?: BuildOptions): Promise<Built>;
  /** Runs a command in a dyno of the slug, with its profile, and returns what it prints. */
  run(result: BuildResult, command: string): Promise<string>;
  close(): Promise<void>;
}

export type Files = Readonly<Record<string, string>>;

export interface BuildOptions {
  readonly builder?: Builder;
  readonly signal?: AbortSignal;
  /** Sees all output so far each time some comes. */
  readonly watch?: (output: string) => void;
}

const LIMITS = {
  memoryQuota: 1 << 29,
  memoryLimit: 1 << 30,
  cpuShares: 1024,
  cpus: null,
  pids: 256,
  diskBytes: 1 << 30,
};

/** `publicPorts`: of this machine, which builds can reach. `place`: an empty folder for the home, which is kept. */
export async function openTestBuilder(
  environment: Readonly<Record<string, string>> = {},
  publicPorts: readonly number[] = [],
  place: string | null = null,
): Promise<TestBuilder> {
  const root = place ?? (await mkdtemp(join(tmpdir(), 'jangada-builder-')));
  const home = homeLayout(root);
  const blobs = await openBlobStore(home.blobs);
  const installId = randomBytes(6).toString('hex');
  const engine = createDockerEngine({
    installId,
    home,
    slugFile: (digest) => blobs.pathOf(digest),
    publicPorts,
  });
  await engine.open();
  const dockerSocket = process.env['DOCKER_SOCKET'] || '/var/run/docker.sock';
  const open = (options: Partial<BuilderOptions> = {}): Promise<Builder> =>
    createBuilder({
      terminals: engine,
      engine,
      blobs,
      home,
      buildpacksFolder: fileURLToPath(new URL('../../buildpacks', import.meta.url)),
      environment,
      packages: openStackPackages({ home, dockerSocket }),
      caBundle: '/etc/ssl/certs/ca-certificates.crt',
      ...options,
    });
  const first = await open();

  return {
    home,
    engine,
    blobs,
    gateway: await gatewayOf(installId),
    builder: open,

    async withBuildpacks(buildpacks, options = {}) {
      const folder = join(root, `buildpacks-${randomUUID()}`);
      await mkdir(folder);
      for (const [name, files] of Object.entries(buildpacks)) await writeFiles(join(folder, name), files);
      return open({ ...options, buildpacksFolder: folder });
    },

    async makeStack() {
      await openStack({ home, dockerSocket }).ensure('heroku-24', 'base', () => undefined);
    },

    async nothingLeft() {
      const deadline = performance.now() + REMOVAL_MS;
      for (;;) {
        const folders = await readdir(home.builds);
        const containers = (await engine.list()).filter((dyno) => dyno.type === 'build');
        if (folders.length + containers.length === 0) return;
        if (performance.now() > deadline)
          throw new Error(`builds left ${folders.join()} and ${containers.length} containers behind`);
        await sleep(50);
      }
    },

    async build(source, request = {}, options = {}) {
      const folder =
        typeof source === 'string' ? source : await writeFiles(join(root, 'sources', randomUUID()), source);
      let output = '';
      const sink = new Writable({
        write(chunk: Buffer, _encoding, done) {
          output += chunk.toString();
          options.watch?.(output);
          done();
        },
      });
      const buildId = randomUUID();
      const result = await (options.builder ?? first).build(
        {
          buildId,
          appId: 'app-1',
          appName: 'shop',
          stack: 'heroku-24',
          image: TEST_IMAGE,
          source: async () => archive(folder),
          sourceVersion: 'a'.repeat(40),
          buildpacks: [],
          configVars: {},
          output: sink,
          ...request,
        },
        options.signal ?? FOREVER,
      );
      return { result, output };
    },

    async run(result, command) {
      if (!result.ok) throw new Error(`the build failed: ${result.failure.kind}`);
      const dynoId = randomUUID();
      const terminal = await engine.run(
        {
          dynoId,
          appId: 'app-1',
          appName: 'shop',
          name: 'run.1',
          type: 'run',
          version: 1,
          image: TEST_IMAGE,
          slug: result.digest,
          command: ['bash', '-c', `for f in .profile.d/*.sh; do [ -r "$f" ] && . "$f"; done; ${command}`],
          env: { HOME: '/app', PATH: '/usr/local/bin:/usr/bin:/bin', PORT: '5000', MEMORY_AVAILABLE: '512' },
          limits: LIMITS,
          port: null,
          mounts: [],
          captureOutput: false,
        },
        null,
      );
      terminal.stream.end();
      const output = await text(terminal.stream);
      await terminal.exited;
      await engine.stop(dynoId, 0);
      return output;
    },

    async close() {
      await engine.teardown();
      await engine.close();
      if (place === null) await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function gatewayOf(installId: string): Promise<string> {
  const format = '{{(index .IPAM.Config 0).Subnet}}';
  const { stdout } = await promisify(execFile)('docker', ['network', 'inspect', `jangada-${installId}`, '-f', format]);
  return stdout.trim().replace(/\d+\/\d+$/, '1');
}

export async function writeFiles(folder: string, files: Files): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content, { mode: name.includes('bin/') ? 0o755 : 0o644 });
  }
  return folder;
}

/** The folder as a tar archive. */
export function archive(folder: string): Readable {
  return spawn('tar', ['-c', '-C', folder, '.'], { stdio: ['ignore', 'pipe', 'ignore'] }).stdout as Readable;
}

export const bash = (...lines: string[]): string => `#!/bin/bash\n${lines.join('\n')}\n`;

/** A buildpack that takes everything and calls it "Test". */
export function testBuildpack(compile: string, more: Files = {}): Files {
  return { 'bin/detect': bash('echo Test'), 'bin/compile': bash(compile), ...more };
}

/** Why there is no slug; `built` when there is one. */
export function failureOf(result: BuildResult): unknown {
  return result.ok ? 'built' : result.failure;
}
