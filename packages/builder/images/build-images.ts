import { join } from 'node:path';
import {
  type BuildFailure,
  type BuildPhase,
  type DockerfileBuild,
  type HerokuYml,
  type Home,
  type ImageInfo,
  type Images,
  imageTypes,
  PROXY_VARIABLES,
} from '@jangada/core';
import { isPlatformError, PlatformError } from '@jangada/platform-api';
import type { BuildOutput } from '../build-output.ts';
import type { BuildRequest, BuildResult } from '../build-request.ts';
import type { Stop } from '../run-driver.ts';
import { createBuildProgress } from './build-progress.ts';
import { cacheScopeOf } from './cache-scope.ts';
import { dockerfileComplaint } from './check-dockerfile.ts';
import { parseDockerignore } from './dockerignore.ts';
import { readManifest } from './manifest.ts';
import { type CheckedFile, openSourceArchive, type SourceArchive } from './source-archive.ts';

/** One Dockerfile with the folder that it sees. */
interface Context {
  readonly build: DockerfileBuild;
  /** Folder of the source; empty for all of it. */
  readonly folder: string;
  /** The Dockerfile in it. */
  readonly dockerfile: CheckedFile;
  readonly ignored: (path: string) => boolean;
}

export interface ImageBuildParts {
  readonly images: Images;
  readonly home: Home;
  /** The operator's build environment; steps get its proxies, which BuildKit keeps out of images and cache keys. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The app's tree as a build container packed it, and how long that took. */
export interface PackedSource {
  readonly file: string;
  readonly phases: readonly BuildPhase[];
}

/** Builds the images of a container app: heroku.yml (or a Dockerfile alone) → one image a process type (builds 5). */
export async function buildImages(
  { images, home, environment }: ImageBuildParts,
  request: BuildRequest,
  packed: PackedSource,
  output: BuildOutput,
  stop: Stop,
): Promise<BuildResult> {
  const phases = [...packed.phases];
  const facts = { buildpackDescription: 'Docker', buildpacks: [], phases };
  const timed = async <Result>(name: string, work: Promise<Result>): Promise<Result> => {
    const began = performance.now();
    return work.finally(() => phases.push({ name, seconds: (performance.now() - began) / 1_000 }));
  };
  try {
    const source = await openSourceArchive(packed.file);
    const manifest = await readManifest(source);
    const contexts = await openContexts(source, manifest);
    const secrets = secretsOf(manifest, request.configVars);
    const cacheScope = await cacheScopeOf(join(home.caches, request.appId));
    const built: Record<string, ImageInfo> = {};
    for (const context of contexts) {
      const { build } = context;
      output.say([`=== Building ${build.type} (${build.dockerfile})`]);
      const progress = createBuildProgress(output);
      const order = {
        buildId: `${request.buildId}-${build.type}`,
        context: source.folder(context.folder, context.dockerfile, context.ignored),
        dockerfile: context.dockerfile.name,
        target: build.target,
        buildArgs: { ...proxiesOf(environment), ...manifest.buildArgs },
        secrets,
        cacheScope,
      };
      const work = images.build(order, progress.show, stop.signal).finally(() => progress.settled());
      built[build.type] = await timed(`build ${build.type}`, work).catch((error: unknown) => {
        throw isPlatformError(error, 'invalid_params') ? new DockerfileError(build, error.message) : error;
      });
    }
    const { errors, ...types } = imageTypes(manifest, built);
    if (errors.length > 0) throw new PlatformError('invalid_params', errors.join('\n'));
    const ids = new Map(Object.values(built).map((image) => [image.imageId, image.size]));
    const size = [...ids.values()].reduce((sum, bytes) => sum + bytes, 0);
    return { ok: true, ...facts, digest: null, size, ...types };
  } catch (error) {
    return { ok: false, ...facts, failure: failureOf(error, stop) };
  }
}

/** A Dockerfile that could not be built. */
class DockerfileError extends Error {
  readonly build: DockerfileBuild;

  constructor(build: DockerfileBuild, reason: string) {
    super(reason);
    this.build = build;
  }
}

/** Throws `invalid_params` when a Dockerfile is not there, DockerfileError when it is a link, or asks for what is not offered. */
async function openContexts(source: SourceArchive, { builds }: HerokuYml): Promise<readonly Context[]> {
  const paths = builds.map((build) => ({ build, ...split(build.dockerfile) }));
  const { texts, linked } = await source.texts(
    paths.flatMap(({ build, folder }) => [
      build.dockerfile,
      `${build.dockerfile}.dockerignore`,
      inside(folder, '.dockerignore'),
    ]),
  );
  return paths.map(({ build, folder, name }) => {
    const text = texts.get(build.dockerfile);
    // BuildKit follows links inside the build context, where another file may be at their end than the one looked at here.
    if (linked.has(build.dockerfile)) {
      throw new DockerfileError(build, 'It is a link, or in a folder that is one. Put the file itself there.');
    }
    if (text === undefined) {
      throw new PlatformError(
        'invalid_params',
        `"build.docker.${build.type}" is ${build.dockerfile}, which is not in the source.`,
      );
    }
    // It is written anew for BuildKit as it was read.
    if (text.includes('\uFFFD')) throw new DockerfileError(build, 'It is not UTF-8. Save it as UTF-8.');
    const complaint = dockerfileComplaint(text);
    if (complaint !== null) throw new DockerfileError(build, complaint);
    const ignore = texts.get(`${build.dockerfile}.dockerignore`) ?? texts.get(inside(folder, '.dockerignore')) ?? '';
    const isIgnored = parseDockerignore(ignore);
    return { build, folder, dockerfile: { name, text }, ignored: (path) => path !== name && isIgnored(path) };
  });
}

function split(path: string): { readonly folder: string; readonly name: string } {
  const at = path.lastIndexOf('/');
  return { folder: at < 0 ? '' : path.slice(0, at), name: path.slice(at + 1) };
}

function inside(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function proxiesOf(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => PROXY_VARIABLES.includes(name)));
}

/** Throws `invalid_params` when a config var is not set: a build without its secret fails later, and harder to read. */
function secretsOf({ secrets }: HerokuYml, configVars: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    secrets.map((name) => {
      const value = configVars[name];
      if (value !== undefined) return [name, value];
      throw new PlatformError(
        'invalid_params',
        `"build.secrets" has ${name}, which is not set. Set it: heroku config:set ${name}=…`,
      );
    }),
  );
}

function failureOf(error: unknown, stop: Stop): BuildFailure {
  if (stop.failure) return stop.failure;
  if (error instanceof DockerfileError) {
    const { type, dockerfile } = error.build;
    return { kind: 'dockerfile_failed', type, dockerfile, reason: error.message };
  }
  if (isPlatformError(error, 'disk_full')) return { kind: 'disk_full', reason: error.message };
  if (isPlatformError(error, 'invalid_params')) return { kind: 'bad_manifest', reasons: error.message.split('\n') };
  if (isPlatformError(error)) return { kind: 'platform', reason: error.message };
  throw error;
}
