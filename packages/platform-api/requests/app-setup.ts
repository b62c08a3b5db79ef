import { type Static, Type } from 'typebox';
import { SourceBlob } from './build.ts';
import { nullable } from './nullable.ts';

/** POST /app-setups */
export const CreateAppSetupRequest = Type.Object({
  source_blob: SourceBlob,
  app: nullable(
    Type.Object({
      name: nullable(Type.String()),
      region: nullable(Type.String()),
      stack: nullable(Type.String()),
      locked: Type.Optional(Type.Boolean()),
    }),
  ),
  overrides: nullable(
    Type.Object({
      env: nullable(Type.Record(Type.String(), Type.String())),
      buildpacks: nullable(
        Type.Array(Type.Object({ url: Type.String({ minLength: 1, maxLength: 2_048 }) }), { maxItems: 20 }),
      ),
    }),
  ),
});
export type CreateAppSetupRequest = Static<typeof CreateAppSetupRequest>;
