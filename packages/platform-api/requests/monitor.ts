import { type Static, Type } from 'typebox';

const Quantity = Type.Integer({ minimum: 1, maximum: 1_000 });
/** Milliseconds. */
const Target = Type.Integer({ minimum: 1, maximum: 30_000 });

/** What `ps:autoscale` sends beside what counts: kept in one form only, so read and not stored. */
const fixed = {
  name: Type.Optional(Type.Literal('LATENCY_SCALE')),
  action_type: Type.Optional(Type.Literal('scale')),
  op: Type.Optional(Type.Literal('GREATER_OR_EQUAL')),
  period: Type.Optional(Type.Integer({ minimum: 1 })),
  notification_period: Type.Optional(Type.Integer({ minimum: 0 })),
  notification_channels: Type.Optional(Type.Array(Type.String(), { maxItems: 10 })),
};

/** POST /apps/{app}/formation/web/monitors (api.metrics; cli-contract 1.6) */
export const CreateMonitorRequest = Type.Object({
  ...fixed,
  is_active: Type.Optional(Type.Boolean()),
  min_quantity: Quantity,
  max_quantity: Quantity,
  value: Target,
});
export type CreateMonitorRequest = Static<typeof CreateMonitorRequest>;

/** PATCH /apps/{app}/formation/web/monitors/{monitor} */
export const UpdateMonitorRequest = Type.Object({
  ...fixed,
  is_active: Type.Optional(Type.Boolean()),
  min_quantity: Type.Optional(Quantity),
  max_quantity: Type.Optional(Quantity),
  value: Type.Optional(Target),
});
export type UpdateMonitorRequest = Static<typeof UpdateMonitorRequest>;
