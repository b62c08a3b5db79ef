import { type Static, Type } from 'typebox';

/** PATCH /apps/{app}/config-vars: null unsets. */
export const UpdateConfigVarsRequest = Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]));
export type UpdateConfigVarsRequest = Static<typeof UpdateConfigVarsRequest>;
