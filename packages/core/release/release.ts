/** `pending` while the release command runs. */
export type ReleaseStatus = 'pending' | 'succeeded' | 'failed' | 'expired';

/** One entry of the ledger: slug + config vars (+ add-on attachments). Never changed except for its status. */
export interface Release {
  readonly id: string;
  readonly appId: string;
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  readonly slugId: string | null;
  /** The whole config of this release. Sealed at rest. */
  readonly configVars: Readonly<Record<string, string>>;
  /** `Deploy 582fc95`, `Set FOO config vars`, `Rollback to v46`. */
  readonly description: string;
  readonly status: ReleaseStatus;
  readonly userId: string;
  /** Stream with the release command's output; null when there was no release command. */
  readonly outputStreamId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
