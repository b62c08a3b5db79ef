import { type Static, Type } from 'typebox';

/** POST /apps/{app}/collaborators */
export const CreateCollaboratorRequest = Type.Object({
  user: Type.String({ minLength: 1 }),
  silent: Type.Optional(Type.Boolean()),
  permissions: Type.Optional(Type.Array(Type.String())),
});
export type CreateCollaboratorRequest = Static<typeof CreateCollaboratorRequest>;
