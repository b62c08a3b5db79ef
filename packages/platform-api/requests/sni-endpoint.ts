import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';

/** Characters of PEM text; what is in it has sentences of its own. */
const Pem = Type.String({ minLength: 1, maxLength: 200_000 });

/** POST /apps/{app}/sni-endpoints */
export const CreateSniEndpointRequest = Type.Object({
  certificate_chain: Pem,
  private_key: Pem,
  display_name: nullable(Type.String()),
});
export type CreateSniEndpointRequest = Static<typeof CreateSniEndpointRequest>;

/** PATCH /apps/{app}/sni-endpoints/{endpoint}. Chain and key change together. */
export const UpdateSniEndpointRequest = Type.Object({
  certificate_chain: Type.Optional(Pem),
  private_key: Type.Optional(Pem),
  display_name: nullable(Type.String()),
});
export type UpdateSniEndpointRequest = Static<typeof UpdateSniEndpointRequest>;
