import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';

/** POST /apps/{app}/domains. The CLI always sends `sni_endpoint`, null when there is none. */
export const CreateDomainRequest = Type.Object({
  hostname: Type.String({ minLength: 1, maxLength: 255 }),
  sni_endpoint: nullable(Type.String()),
});
export type CreateDomainRequest = Static<typeof CreateDomainRequest>;
