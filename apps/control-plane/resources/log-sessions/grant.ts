import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Context } from '../../context.ts';

/** What the URL of a log session allows: to read these lines of this app. */
const LogSessionGrant = Type.Object({
  appId: Type.String(),
  lines: Type.Integer(),
  tail: Type.Boolean(),
  source: Type.Union([Type.Literal('app'), Type.Literal('heroku'), Type.Null()]),
  ps: Type.Union([Type.String(), Type.Null()]),
});
export type LogSessionGrant = Static<typeof LogSessionGrant>;

const PURPOSE = 'log-session';

/** Seconds that a session can be opened (behaviour 4.2). */
const LIFE_SECONDS = 360;

/** Seconds for a session with `tail`: the CLI reconnects to the same URL whenever the connection breaks. */
const TAIL_LIFE_SECONDS = 24 * 3_600;

export function signGrant(context: Context, grant: LogSessionGrant): string {
  const seconds = grant.tail ? TAIL_LIFE_SECONDS : LIFE_SECONDS;
  return context.capabilities.sign(PURPOSE, grant, new Date(context.clock.now().getTime() + seconds * 1_000));
}

/** Null when the capability is forged or expired. */
export function verifyGrant(context: Context, capability: string): LogSessionGrant | null {
  const content = context.capabilities.verify(PURPOSE, capability);
  return Value.Check(LogSessionGrant, content) ? content : null;
}
