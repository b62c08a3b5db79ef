import { type TSchema, Type } from 'typebox';

/** A field that may be left out or sent as null. */
export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Optional(Type.Union([schema, Type.Null()]));
