/** Heroku's states (behaviour 1.1). `created` is decided but not yet started by the engine. */
export type DynoState = 'created' | 'provisioning' | 'starting' | 'up' | 'idle' | 'crashed' | 'down';

/** One dyno that should exist or whose end is not yet dealt with. */
export interface Dyno {
  /** Also the identity of its container in the engine. */
  readonly id: string;
  readonly appId: string;
  readonly releaseId: string;
  readonly version: number;
  readonly type: string;
  readonly number: number;
  /** `web.1`, `run.4521`. Not unique while a release changes: the old and the new `web.1` overlap. */
  readonly name: string;
  readonly size: string;
  /** Shell command as the Procfile or the person wrote it. */
  readonly command: string;
  readonly state: DynoState;
  /** The PORT of a web dyno. */
  readonly port: number | null;
  /** Set once the dyno is to go: it gets no new requests, is stopped, and its row goes when the container is gone. */
  readonly stopping: 'scaled' | 'replaced' | 'restart' | 'stopped' | 'killed' | 'finished' | null;
  /** Extra environment of a one-off (`run --env`). */
  readonly env: Readonly<Record<string, string>>;
  /** One-off whose input and output somebody attached to. */
  readonly attached: boolean;
  /** Seconds after its start at which a one-off is ended; null: after its day. */
  readonly timeToLive: number | null;
  /** Crashes in a row that count for the back-off (behaviour 1.4). */
  readonly crashes: number;
  /** A crashed dyno starts again at this moment. */
  readonly restartAt: Date | null;
  readonly exitCode: number | null;
  readonly startedAt: Date | null;
  readonly createdAt: Date;
  /** When the state last changed: what `heroku ps` counts from. */
  readonly updatedAt: Date;
}
