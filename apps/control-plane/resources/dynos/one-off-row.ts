import { DEFAULT_SIZE, type Dyno, ONE_OFF_NUMBERS } from '@jangada/core';
import type { Context } from '../../context.ts';

export interface OneOffInput {
  readonly appId: string;
  readonly release: { readonly id: string; readonly version: number };
  /** `run`, `release`, `scheduler`. */
  readonly type: string;
  readonly command: string;
  readonly size?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Its input and output belong to somebody; reconciliation does not start it. */
  readonly attached: boolean;
  readonly timeToLive?: number | null;
}

/** The row of a new one-off dyno. Numbers are random and not in use by another dyno of the app. */
export async function oneOffRow(context: Context, input: OneOffInput): Promise<Dyno> {
  const taken = new Set(
    (await context.store.rows.dynos.list({ appId: input.appId, type: input.type })).map((dyno) => dyno.number),
  );
  let number = context.ids.integer(ONE_OFF_NUMBERS.min, ONE_OFF_NUMBERS.max);
  while (taken.has(number)) number = number === ONE_OFF_NUMBERS.max ? ONE_OFF_NUMBERS.min : number + 1;
  const now = context.clock.now();
  return {
    id: context.ids.uuid(),
    appId: input.appId,
    releaseId: input.release.id,
    version: input.release.version,
    type: input.type,
    number,
    name: `${input.type}.${number}`,
    size: input.size ?? DEFAULT_SIZE.name,
    command: input.command,
    state: 'created',
    port: null,
    stopping: null,
    env: input.env ?? {},
    attached: input.attached,
    timeToLive: input.timeToLive ?? null,
    crashes: 0,
    restartAt: null,
    exitCode: null,
    startedAt: null,
    createdAt: now,
    updatedAt: now,
  };
}
