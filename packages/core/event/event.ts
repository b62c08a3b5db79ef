/** One change that a person (or the platform) made: written in the transaction that makes the change. */
export interface Event {
  readonly id: string;
  /** Null for changes that concern no app. */
  readonly appId: string | null;
  /** Account that did it; null for the platform itself. */
  readonly actorId: string | null;
  /** Heroku's webhook entity: `api:app`, `api:release`, `api:formation`, `api:dyno`, `api:build`, `api:domain`, … */
  readonly entity: string;
  readonly action: 'create' | 'update' | 'destroy';
  /** What changed, without secrets. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}
