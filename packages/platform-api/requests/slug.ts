import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';

/** POST /apps/{app}/slugs */
export const CreateSlugRequest = Type.Object({
  process_types: Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 10_000 })),
  buildpack_provided_description: nullable(Type.String({ maxLength: 1_000 })),
  checksum: nullable(Type.String({ maxLength: 200 })),
  commit: nullable(Type.String({ maxLength: 200 })),
  commit_description: nullable(Type.String({ maxLength: 1_000 })),
  stack: nullable(Type.String({ maxLength: 100 })),
});
export type CreateSlugRequest = Static<typeof CreateSlugRequest>;
