import { PlatformError } from '@jangada/platform-api';
import { type AppCall, appRoute, type Route } from '../../http/route.ts';
import type { RouterMetrics } from '../../router-metrics/router-metrics.ts';
import { stepFor, type TimeRange, timeRange } from './time-range.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Lines of one process type that are looked through: all that are kept. */
const LINES = 1_500;

/** `heroku apps:errors`, which asks `api.metrics.herokai.com`; the forwarder brings it here (cli-contract 1.5). */
export function errorRoutes(metrics: RouterMetrics): readonly Route[] {
  return [
    appRoute({
      method: 'GET',
      path: '/apps/:app/router-metrics/errors',
      permission: 'view',
      async handle(call) {
        const range = rangeOf(call);
        const records = await metrics.read(call.app.id, stepFor(range, call.context.clock.now()), range.from, range.to);
        const seen = records.flatMap(({ at, codes }) =>
          Object.entries(codes).map(([code, count]) => ({ code, count, at: new Date(at) })),
        );
        return byHour(range, seen);
      },
    }),
    appRoute({
      method: 'GET',
      path: '/apps/:app/formation/:formation/metrics/errors',
      permission: 'view',
      async handle(call) {
        const { context, app, params } = call;
        const type = params['formation'] ?? '';
        if ((await context.store.rows.formations.find({ appId: app.id, type })) === null) {
          throw new PlatformError('bad_request', `invalid process_type provided: ${app.name} has no ${type}.`);
        }
        const range = rangeOf(call);
        const lines = await context.logs.recent(app.id, LINES, { source: 'heroku', ps: type });
        const seen = lines.flatMap(({ line }) => {
          const code = /^Error ([RL]\d\d) /.exec(line.text)?.[1];
          return code === undefined ? [] : [{ code, count: 1, at: new Date(line.at) }];
        });
        return byHour(range, seen);
      },
    }),
  ];
}

/** Whole hours, as the answer has them. */
function rangeOf({ query, context }: Pick<AppCall, 'query' | 'context'>): TimeRange {
  const { from, to } = timeRange(query, context.clock.now(), DAY_MS);
  return { from: new Date(Math.floor(from.getTime() / HOUR_MS) * HOUR_MS), to };
}

interface Seen {
  readonly code: string;
  readonly count: number;
  readonly at: Date;
}

/** How often each code was seen, hour by hour from the start of the range. */
function byHour({ from, to }: TimeRange, seen: readonly Seen[]): object {
  const hours = Math.floor((to.getTime() - from.getTime()) / HOUR_MS) + 1;
  const data: Record<string, number[]> = {};
  for (const { code, count, at } of seen) {
    const hour = Math.floor((at.getTime() - from.getTime()) / HOUR_MS);
    if (hour < 0 || hour >= hours) continue;
    const counts = data[code] ?? Array.from({ length: hours }, () => 0);
    counts[hour] = (counts[hour] ?? 0) + count;
    data[code] = counts;
  }
  return { start_time: from.toISOString(), end_time: to.toISOString(), step: '1h0m0s', data };
}
