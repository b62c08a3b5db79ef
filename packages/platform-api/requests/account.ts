import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';

/** PATCH /account */
export const UpdateAccountRequest = Type.Object({
  name: nullable(Type.String({ maxLength: 255 })),
  allow_tracking: Type.Optional(Type.Boolean()),
});
export type UpdateAccountRequest = Static<typeof UpdateAccountRequest>;
