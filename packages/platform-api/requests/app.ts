import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';

/** POST /apps. The rules of a name have sentences of their own, so it is only text here. */
export const CreateAppRequest = Type.Object({
  name: nullable(Type.String()),
  region: nullable(Type.String()),
  stack: nullable(Type.String()),
  locked: Type.Optional(Type.Boolean()),
});
export type CreateAppRequest = Static<typeof CreateAppRequest>;

/** PATCH /apps/{app} */
export const UpdateAppRequest = Type.Object({
  name: Type.Optional(Type.String()),
  maintenance: Type.Optional(Type.Boolean()),
  build_stack: Type.Optional(Type.String()),
});
export type UpdateAppRequest = Static<typeof UpdateAppRequest>;

/** POST /filters/apps */
export const FilterAppsRequest = Type.Object({
  in: Type.Optional(Type.Object({ id: Type.Optional(Type.Array(Type.String(), { maxItems: 1_000 })) })),
});
export type FilterAppsRequest = Static<typeof FilterAppsRequest>;
