import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';

/** POST /apps/{app}/log-sessions. `dyno` names a dyno (`web.1`) or a process type (`web`). */
export const CreateLogSessionRequest = Type.Object({
  dyno: nullable(Type.String({ maxLength: 128 })),
  type: nullable(Type.String({ maxLength: 128 })),
  lines: nullable(Type.Integer({ minimum: 0 })),
  source: nullable(Type.String({ maxLength: 64 })),
  tail: nullable(Type.Boolean()),
});
export type CreateLogSessionRequest = Static<typeof CreateLogSessionRequest>;
