import { type Static, Type } from 'typebox';

/** PATCH /apps/{app}/features/{feature} */
export const UpdateAppFeatureRequest = Type.Object({ enabled: Type.Boolean() });
export type UpdateAppFeatureRequest = Static<typeof UpdateAppFeatureRequest>;
