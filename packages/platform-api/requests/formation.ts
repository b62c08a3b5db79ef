import { type Static, Type } from 'typebox';

/** `2`, `"2"`, or relative as `ps:scale` sends it: `"+1"`, `"-1"` (cli-contract 3.2). */
const Quantity = Type.Union([Type.Integer(), Type.String({ pattern: '^[+-]?[0-9]{1,6}$' })]);

/** `"standard-2x"`, in any case. */
const Size = Type.String({ minLength: 1, maxLength: 64 });

const change = {
  quantity: Type.Optional(Quantity),
  size: Type.Optional(Size),
  dyno_size: Type.Optional(
    Type.Union([Size, Type.Object({ id: Type.Optional(Type.String()), name: Type.Optional(Size) })]),
  ),
  docker_image: Type.Optional(Type.Union([Type.String(), Type.Null()])),
};

/** PATCH /apps/{app}/formation/{type} */
export const UpdateFormationRequest = Type.Object(change);
export type UpdateFormationRequest = Static<typeof UpdateFormationRequest>;

/** PATCH /apps/{app}/formation */
export const BatchUpdateFormationRequest = Type.Object({
  updates: Type.Array(Type.Object({ type: Type.String({ minLength: 1 }), ...change }), { minItems: 1, maxItems: 100 }),
});
export type BatchUpdateFormationRequest = Static<typeof BatchUpdateFormationRequest>;
