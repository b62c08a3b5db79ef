import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  BUILD_SUCCEEDED_LINE,
  type BuildFailure,
  type BuildpackNames,
  buildHeadingLines,
  COMPRESSING_LINE,
  CONTAINER_STACK,
  compressedLine,
  parseBuildpackAddress,
  processTypeLines,
} from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import { type BuildFolder, createBuildFolder, sweepBuildFolders } from './build-folder.ts';
import { type BuildOutput, createBuildOutput } from './build-output.ts';
import { createBuildQueue } from './build-queue.ts';
import { type BuildReport, procfileFailure, readBuildReport, readDeclaredTypes } from './build-report.ts';
import {
  type BuildFacts,
  type BuildLimits,
  type BuildRequest,
  type BuildResult,
  DEFAULT_BUILD_LIMITS,
} from './build-request.ts';
import type { BuilderOptions } from './builder-options.ts';
import { CONTAINER, RUNTIMES_IN_APP } from './container-paths.ts';
import { createDiskGuard } from './disk-guard.ts';
import { type BuildSetting, buildDynoSpec, planDriver } from './driver-plan.ts';
import { buildImages } from './images/build-images.ts';
import { buildpackNames, knownBuildpacks } from './known-buildpacks.ts';
import { packSlug } from './pack-slug.ts';
import { createStop, type DriverEnd, runDriver, type Stop } from './run-driver.ts';
import { createAsker } from './runtimes/asker.ts';
import { connectNpmRegistry } from './runtimes/npm-registry.ts';
import { serveRuntimeDesk } from './runtimes/runtime-desk.ts';
import { openRuntimeShelf } from './runtimes/runtime-shelf.ts';
import { createSquashfsPacker } from './runtimes/squashfs.ts';

export interface Builder {
  /**
   * Builds a source into a slug, or into images on the container stack. Never throws for what the app, its buildpacks or the engine do wrong: those are failures. One
   * build per app at a time; the caller sees to it. Aborting the signal kills the build at once (`cancelled`).
   */
  build(request: BuildRequest, signal: AbortSignal): Promise<BuildResult>;
  /** After a crash, before the first build: removes what builds left, containers too. Returns the ids of interrupted builds. */
  sweep(): Promise<readonly string[]>;
  /** Gets the default runtime ready, so that the first push need not wait for it. Errors are reported, not thrown. */
  warm(): Promise<void>;
}

/** Nothing is detected where Dockerfiles say what to do. */
const NO_BUILDPACKS: BuildpackNames = { builtIn: [], registered: {} };

export async function createBuilder(options: BuilderOptions): Promise<Builder> {
  const { home, engine, blobs } = options;
  const report = options.report ?? (() => undefined);
  const environment = options.environment ?? {};
  const platformNode = options.platformNode ?? { version: process.versions.node, binary: process.execPath };
  const registryUrl = environment['npm_config_registry'] ?? null;
  const pack = createSquashfsPacker(options.toBackground);
  const shelf = await openRuntimeShelf({
    pack,
    folder: options.runtimesFolder ?? home.runtimes,
    registry: registryUrl === null ? null : connectNpmRegistry(registryUrl),
    platformNode,
    packages: options.packages ?? null,
    mirror: options.runtimeMirror ?? null,
    placeInApp: RUNTIMES_IN_APP,
    placeInDyno: CONTAINER.runtimes,
  });
  const setting: BuildSetting = {
    buildpacksFolder: options.buildpacksFolder,
    driverFolder: fileURLToPath(new URL('./driver', import.meta.url)),
    coreFolder: join(dirname(fileURLToPath(import.meta.resolve('@jangada/core'))), 'build'),
    nodeBinary: platformNode.binary,
    runtimesFolder: shelf.trees,
    caBundle: options.caBundle ?? null,
    ownBuildpacksFolder: home.buildpacks,
    surroundings: { environment, mirrors: options.mirrors ?? {} },
  };
  const queue = createBuildQueue(options.concurrentBuilds ?? Math.max(2, availableParallelism()));
  const disk = createDiskGuard(home.root, options.minimumFreeBytes ?? 2 * 1024 ** 3);

  const readNames = async (): Promise<BuildpackNames> =>
    buildpackNames(await knownBuildpacks(options.buildpacksFolder, home.buildpacks), options.buildpackRegistry);

  const build = async (request: BuildRequest, signal: AbortSignal): Promise<BuildResult> => {
    const limits = { ...DEFAULT_BUILD_LIMITS, ...options.limits, ...request.limits };
    const output = createBuildOutput(request.output, limits.outputBytes);
    const refusal = signal.aborted ? ({ kind: 'cancelled' } as const) : await disk.check();
    if (refusal) return failed(refusal);
    if (request.stack === CONTAINER_STACK && request.kind !== 'slug')
      return buildContainer(request, limits, output, signal);
    const addresses = readAddresses(request.buildpacks);
    if ('kind' in addresses) return failed(addresses);
    output.say(
      buildHeadingLines(
        request.stack,
        addresses.map(({ display }) => display),
      ),
    );

    const names = await readNames().catch(unreadableRegistry);
    if ('kind' in names) return failed(names);
    const plan = planDriver(request, limits.sourceBytes, addresses, names, setting.surroundings);
    await using folder = await createBuildFolder(home, request, plan);
    const stop = watchFor(limits, signal, disk);
    const began = Date.now() / 1_000;
    try {
      const end = await runInContainer(request, folder, limits, output, stop);
      const facts = await readBuildReport(folder.result, end.kind === 'exited' ? end.code : 1, began);
      if (end.kind === 'stopped') {
        await folder.dropCache();
        return failed(withApp(end.failure, facts), facts);
      }
      if (facts.failure) return failed(facts.failure, facts);
      return await package_(folder, facts, limits, output, stop);
    } finally {
      stop.because({ kind: 'cancelled' });
    }
  };

  const buildContainer = async (
    request: BuildRequest,
    limits: BuildLimits,
    output: BuildOutput,
    signal: AbortSignal,
  ): Promise<BuildResult> => {
    if (!options.images) return failed({ kind: 'platform', reason: 'It builds no images.' });
    const asked = { ...request, kind: 'images' } as const;
    const plan = planDriver(asked, limits.sourceBytes, [], NO_BUILDPACKS, setting.surroundings);
    await using folder = await createBuildFolder(home, { ...request, configVars: {} }, plan);
    const stop = watchFor(limits, signal, disk);
    const began = Date.now() / 1_000;
    try {
      const end = await runContainer(request, folder, limits, output, stop);
      const facts = await readBuildReport(folder.result, end.kind === 'exited' ? end.code : 1, began);
      const failure = end.kind === 'stopped' ? end.failure : facts.failure;
      if (failure) return failed(failure, facts);
      const source = { file: folder.sourceFile, phases: facts.phases };
      return await buildImages({ images: options.images, home, environment }, request, source, output, stop);
    } finally {
      stop.because({ kind: 'cancelled' });
    }
  };

  const runInContainer = async (
    request: BuildRequest,
    folder: BuildFolder,
    limits: BuildLimits,
    output: BuildOutput,
    stop: Stop,
  ): Promise<DriverEnd> => {
    const asker = createAsker({ ...options, report }, request, limits.dyno);
    serveRuntimeDesk(folder, shelf, asker, (line) => output.say([line]), stop.signal);
    return runContainer(request, folder, limits, output, stop);
  };

  const runContainer = async (
    request: BuildRequest,
    folder: BuildFolder,
    limits: BuildLimits,
    output: BuildOutput,
    stop: Stop,
  ): Promise<DriverEnd> => {
    const spec = buildDynoSpec(request, folder, setting, limits);
    try {
      return await runDriver({ terminals: options.terminals, engine }, spec, request.source, output, stop);
    } finally {
      // The processes are gone; taking the container away must not hold up the slug.
      void engine.stop(request.buildId, 0).catch((error: unknown) => {
        report('build.container_left', { buildId: request.buildId, error: String(error) });
      });
    }
  };

  const package_ = async (
    folder: BuildFolder,
    facts: BuildReport,
    limits: BuildLimits,
    output: BuildOutput,
    stop: Stop,
  ): Promise<BuildResult> => {
    if (!output.saidSucceeded) output.say([BUILD_SUCCEEDED_LINE]);
    const types = await readDeclaredTypes(folder.result).catch(procfileFailure);
    if ('kind' in types) return failed(types, facts);
    output.say(types.warnings.map((warning) => ` !     ${warning}`));
    output.say([...processTypeLines(types.procfile, types.defaults), COMPRESSING_LINE]);
    const began = performance.now();
    try {
      const bytes = await packSlug(folder.app, folder.slugFile, { shelf, pack }, stop.signal);
      if (bytes > limits.slugBytes) return failed({ kind: 'slug_too_large', bytes, limit: limits.slugBytes }, facts);
      const { digest, size } = await blobs.adopt(folder.slugFile, stop.signal);
      output.say([compressedLine(size)]);
      const phases = [...facts.phases, { name: 'compress', seconds: (performance.now() - began) / 1_000 }];
      const processTypes = { ...types.defaults, ...types.procfile };
      return { ok: true, ...factsOf(facts), phases, digest, size, processTypes };
    } catch (error) {
      if (stop.failure) return failed(stop.failure, facts);
      if (isPlatformError(error, 'disk_full')) return failed({ kind: 'disk_full', reason: error.message }, facts);
      throw error;
    }
  };

  return {
    build: (request, signal) =>
      queue
        .run(request.output, signal, () => build(request, signal))
        .catch((error: unknown) => {
          report('build.failed', { buildId: request.buildId, error: String(error) });
          return failed({ kind: 'platform', reason: 'Try again; the operator finds the cause in the log.' });
        }),

    async sweep() {
      for (const dyno of await engine.list()) {
        if (dyno.type === 'build') await engine.stop(dyno.dynoId, 0);
      }
      return await sweepBuildFolders(home);
    },

    async warm() {
      try {
        const runtime = await shelf.node(null, false, () => undefined);
        await shelf.image([runtime.name]);
      } catch (error) {
        report('runtime.not_ready', { error: String(error) });
      }
    },
  };
}

/** What may end a build early: the caller, the clock, the disk. */
function watchFor(limits: BuildLimits, signal: AbortSignal, disk: ReturnType<typeof createDiskGuard>): Stop {
  const stop = createStop();
  const cancel = (): void => stop.because({ kind: 'cancelled' });
  const minutes = Math.ceil(limits.timeMs / 60_000);
  const timer = setTimeout(() => stop.because({ kind: 'timed_out', app: null, minutes }), limits.timeMs);
  signal.addEventListener('abort', cancel, { once: true });
  stop.signal.addEventListener('abort', () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  });
  disk.watch((failure) => stop.because(failure), stop.signal);
  return stop;
}

function readAddresses(
  buildpacks: readonly string[],
): readonly ReturnType<typeof parseBuildpackAddress>[] | BuildFailure {
  try {
    return buildpacks.map(parseBuildpackAddress);
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    return { kind: 'buildpack_unavailable', buildpack: buildpacks.join(', '), reason: error.message };
  }
}

function unreadableRegistry(error: unknown): BuildFailure {
  if (!isPlatformError(error)) throw error;
  return { kind: 'platform', reason: error.message };
}

function withApp(failure: BuildFailure, facts: BuildFacts): BuildFailure {
  const named = failure.kind === 'timed_out' || failure.kind === 'out_of_memory';
  return named ? { ...failure, app: facts.buildpackDescription } : failure;
}

function failed(failure: BuildFailure, facts?: BuildFacts): BuildResult {
  return { ok: false, failure, ...factsOf(facts ?? { buildpackDescription: null, buildpacks: [], phases: [] }) };
}

function factsOf({ buildpackDescription, buildpacks, phases }: BuildFacts): BuildFacts {
  return { buildpackDescription, buildpacks, phases };
}
