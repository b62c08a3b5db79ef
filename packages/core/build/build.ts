export type BuildStatus = 'pending' | 'succeeded' | 'failed';

/** A part of a build and how long it took. */
export interface BuildPhase {
  readonly name: string;
  readonly seconds: number;
}

export interface Build {
  readonly id: string;
  readonly appId: string;
  readonly userId: string;
  readonly status: BuildStatus;
  readonly stack: string;
  /** Commit sha, or the version text given through the API. */
  readonly sourceVersion: string | null;
  readonly sourceDescription: string | null;
  /** Where the archive came from, without credentials and query; null for a push. */
  readonly sourceUrl: string | null;
  /** What the archive's checksum had to be, as the client wrote it. */
  readonly sourceChecksum: string | null;
  /** Addresses of the buildpacks used, in order. */
  readonly buildpacks: readonly string[];
  readonly slugId: string | null;
  readonly releaseId: string | null;
  /** Why it failed, one line; null otherwise. */
  readonly failure: string | null;
  /** Where the time went, in order; empty until the build has ended. */
  readonly phases: readonly BuildPhase[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
