import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';

/** POST /apps/{app}/domains. The CLI always sends `sni_endpoint`, null when there is none. */
export const CreateDomainRequest = Type.Object({
  hostname: Type.String({ minLength: 1, maxLength: 255 }),
  sni_endpoint: nullable(Type.String()),
});
export type CreateDomainRequest = Static<typeof CreateDomainRequest>;

/** PATCH /apps/{app}/domains/{domain}. Name or id of a certificate; null takes it away. */
export const UpdateDomainRequest = Type.Object({ sni_endpoint: Type.Union([Type.String(), Type.Null()]) });
export type UpdateDomainRequest = Static<typeof UpdateDomainRequest>;
