export type BuildStatus = 'pending' | 'succeeded' | 'failed';

export interface Build {
  readonly id: string;
  readonly appId: string;
  readonly userId: string;
  readonly status: BuildStatus;
  readonly stack: string;
  /** Commit sha, or the version text given through the API. */
  readonly sourceVersion: string | null;
  readonly sourceDescription: string | null;
  /** Addresses of the buildpacks used, in order. */
  readonly buildpacks: readonly string[];
  readonly slugId: string | null;
  readonly releaseId: string | null;
  /** Why it failed, one line; null otherwise. */
  readonly failure: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
