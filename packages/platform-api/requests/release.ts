import { type Static, Type } from 'typebox';

/** POST /apps/{app}/releases: a rollback names a release, a new release names a slug. */
export const CreateReleaseRequest = Type.Object({
  release: Type.Optional(Type.Union([Type.String({ minLength: 1 }), Type.Integer()])),
  slug: Type.Optional(Type.String({ minLength: 1 })),
  description: Type.Optional(Type.String({ maxLength: 1_000 })),
});
export type CreateReleaseRequest = Static<typeof CreateReleaseRequest>;
