import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';

const Description = Type.String({ maxLength: 255 });

/** POST /oauth/authorizations. `expires_in` is in seconds. */
export const CreateAuthorizationRequest = Type.Object({
  description: nullable(Description),
  expires_in: nullable(Type.Integer({ minimum: 1, maximum: 10 * 365 * 24 * 3_600 })),
  scope: nullable(Type.Array(Type.String(), { maxItems: 20 })),
});
export type CreateAuthorizationRequest = Static<typeof CreateAuthorizationRequest>;

/** PATCH /oauth/authorizations/{authorization} */
export const UpdateAuthorizationRequest = Type.Object({ description: Type.Optional(Description) });
export type UpdateAuthorizationRequest = Static<typeof UpdateAuthorizationRequest>;
