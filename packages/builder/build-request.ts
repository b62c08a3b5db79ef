import type { Readable, Writable } from 'node:stream';
import type { ArchiveFormat, BuildFailure, BuildPhase, Digest, DynoLimits, Slug } from '@jangada/core';

/** One build: from a source tree to a slug. */
export interface BuildRequest {
  /** UUID; also the engine's id of the build container. */
  readonly buildId: string;
  readonly appId: string;
  readonly appName: string;
  /** `heroku-24`. */
  readonly stack: string;
  /** Engine image of the stack's build variant; on the container stack, of any stack: the source is opened in it. */
  readonly image: string;
  /** The files as an archive. Called once. */
  readonly source: (signal: AbortSignal) => Promise<Readable>;
  /**
   * How the archive of a client is packed; a folder that holds all of it is taken off then (GitHub's archives have one).
   * Default: plain tar from the platform's own git, taken as it is.
   */
  readonly sourceFormat?: ArchiveFormat;
  /** `slug`: the source is a finished app tree in a folder `app`, as Heroku's slug archives are; no buildpack runs. Default: `source`. */
  readonly kind?: 'source' | 'slug';
  /** Repositories that belong into the source at these paths; the build fetches them. Default: none. */
  readonly submodules?: readonly { readonly path: string; readonly commit: string }[];
  /** Folder of the source that is the app: a relative path without `..`. Default: all of it. */
  readonly sourceDir?: string | null;
  /** Commit sha, or the version text given through the API; `SOURCE_VERSION`. */
  readonly sourceVersion: string | null;
  /** Addresses in order; empty means the built-in buildpacks are asked. */
  readonly buildpacks: readonly string[];
  /** Given to buildpacks as files, never as environment (builds 1.1). */
  readonly configVars: Readonly<Record<string, string>>;
  /** What the person reads, from the stack's line to the slug's size, without git's `remote: `. Never ended here. */
  readonly output: Writable;
  readonly limits?: Partial<BuildLimits>;
}

export interface BuildLimits {
  readonly dyno: DynoLimits;
  /** Milliseconds from the start of the container to the last buildpack's end. */
  readonly timeMs: number;
  /** Bytes that the source may unpack to. */
  readonly sourceBytes: number;
  /** Bytes of the compressed slug. */
  readonly slugBytes: number;
  /** Bytes of output that are shown; the rest is dropped with a notice, the build goes on. */
  readonly outputBytes: number;
}

const GIGABYTE = 1024 ** 3;

/** Heroku's numbers where it has them (builds 1.4). */
export const DEFAULT_BUILD_LIMITS: BuildLimits = {
  dyno: {
    memoryQuota: 3 * GIGABYTE,
    memoryLimit: 4 * GIGABYTE,
    // What apps leave, which is mostly all of it. The weight, a quarter of a Basic dyno's, is for engines without such a class.
    cpuShares: 64,
    background: true,
    cpus: null,
    pids: 2048,
    diskBytes: 8 * GIGABYTE,
  },
  timeMs: 25 * 60_000,
  sourceBytes: 2 * GIGABYTE,
  slugBytes: GIGABYTE,
  outputBytes: 50 * 1024 * 1024,
};

/** What is known of every build, however it ended. */
export interface BuildFacts {
  /** What the last buildpack detected: `Node.js`. */
  readonly buildpackDescription: string | null;
  /** The buildpacks that ran, as displayed. */
  readonly buildpacks: readonly string[];
  /** In the order in which they happened. */
  readonly phases: readonly BuildPhase[];
}

export interface BuiltSlug extends BuildFacts {
  readonly ok: true;
  /** The slug, in the blob store. */
  readonly digest: Digest;
  readonly images?: undefined;
  /** Bytes, compressed. */
  readonly size: number;
  /** The Procfile's over the buildpack's default types. */
  readonly processTypes: Readonly<Record<string, string>>;
}

export interface FailedBuild extends BuildFacts {
  readonly ok: false;
  /** For `buildFailureLines`, which the caller shows. */
  readonly failure: BuildFailure;
}

/** On the container stack. */
export interface BuiltImages extends BuildFacts {
  readonly ok: true;
  readonly digest: null;
  /** Bytes of all images, unpacked. */
  readonly size: number;
  readonly images: NonNullable<Slug['images']>;
  /** Commands as people read them. */
  readonly processTypes: Readonly<Record<string, string>>;
}

export type BuildResult = BuiltSlug | BuiltImages | FailedBuild;
