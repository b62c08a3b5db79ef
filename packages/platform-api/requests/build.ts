import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';

/** Where an archive of source code is, with what tells that it is the right one. */
export const SourceBlob = Type.Object({
  url: Type.String({ minLength: 1, maxLength: 8_192 }),
  /** `SHA256:` and 64 hex digits. */
  checksum: nullable(Type.String({ maxLength: 200 })),
  version: nullable(Type.String({ maxLength: 200 })),
  version_description: nullable(Type.String({ maxLength: 1_000 })),
});
export type SourceBlob = Static<typeof SourceBlob>;

/** POST /apps/{app}/builds */
export const CreateBuildRequest = Type.Object({
  source_blob: SourceBlob,
  buildpacks: nullable(
    Type.Array(
      Type.Object({
        url: Type.Optional(Type.String({ minLength: 1, maxLength: 2_048 })),
        name: Type.Optional(Type.String({ minLength: 1, maxLength: 2_048 })),
      }),
      { maxItems: 20 },
    ),
  ),
  normalize_caches: nullable(Type.Boolean()),
});
export type CreateBuildRequest = Static<typeof CreateBuildRequest>;
