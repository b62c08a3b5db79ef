import { type Static, Type } from 'typebox';

/** PUT /apps/{app}/buildpack-installations */
export const UpdateBuildpackInstallationsRequest = Type.Object({
  updates: Type.Array(Type.Object({ buildpack: Type.String({ minLength: 1, maxLength: 2_048 }) }), { maxItems: 20 }),
});
export type UpdateBuildpackInstallationsRequest = Static<typeof UpdateBuildpackInstallationsRequest>;
