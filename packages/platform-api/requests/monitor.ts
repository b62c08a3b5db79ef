import { type Static, Type } from 'typebox';

/** 0 only for QUEUE_SCALE. */
const Least = Type.Integer({ minimum: 0, maximum: 1_000 });
const Most = Type.Integer({ minimum: 1, maximum: 1_000 });
/** Milliseconds, requests or entries. */
const Target = Type.Integer({ minimum: 1, maximum: 1_000_000 });

/** LATENCY_SCALE is Heroku's; the others are ours. */
export const MONITOR_NAMES = ['LATENCY_SCALE', 'REQUESTS_SCALE', 'QUEUE_SCALE'] as const;

/** What `ps:autoscale` sends beside what counts: kept in one form only, so read and not stored. */
const fixed = {
  action_type: Type.Optional(Type.Literal('scale')),
  op: Type.Optional(Type.Literal('GREATER_OR_EQUAL')),
  period: Type.Optional(Type.Integer({ minimum: 1 })),
  notification_period: Type.Optional(Type.Integer({ minimum: 0 })),
  notification_channels: Type.Optional(Type.Array(Type.String(), { maxItems: 10 })),
};

/** What both take; a monitor by QUEUE_SCALE needs the URL. */
const free = {
  name: Type.Optional(Type.Union(MONITOR_NAMES.map((name) => Type.Literal(name)))),
  is_active: Type.Optional(Type.Boolean()),
  queue_url: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000 })),
};

/** POST /apps/{app}/formation/{type}/monitors (api.metrics; cli-contract 1.6) */
export const CreateMonitorRequest = Type.Object({
  ...fixed,
  ...free,
  min_quantity: Least,
  max_quantity: Most,
  value: Target,
});
export type CreateMonitorRequest = Static<typeof CreateMonitorRequest>;

/** PATCH /apps/{app}/formation/{type}/monitors/{monitor} */
export const UpdateMonitorRequest = Type.Object({
  ...fixed,
  ...free,
  min_quantity: Type.Optional(Least),
  max_quantity: Type.Optional(Most),
  value: Type.Optional(Target),
});
export type UpdateMonitorRequest = Static<typeof UpdateMonitorRequest>;
