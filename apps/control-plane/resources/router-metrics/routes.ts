import { authenticate } from '../../auth/authenticate.ts';
import { requireScope } from '../../auth/scope.ts';
import { appRoute, publicRoute, type Route, StreamReply } from '../../http/route.ts';
import { renderPrometheus } from '../../router-metrics/prometheus.ts';
import { readPlatform } from '../../router-metrics/read-platform.ts';
import { emptyRecord, merge, present } from '../../router-metrics/record.ts';
import { STEPS } from '../../router-metrics/record-files.ts';
import type { RouterMetrics } from '../../router-metrics/router-metrics.ts';
import { errorRoutes } from './errors.ts';
import { stepFor, timeRange } from './time-range.ts';

const HOUR_MS = 3_600_000;
const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;

/** What the router did: for one app as JSON, for the whole platform as Prometheus reads it. Operations of our own. */
export function routerMetricsRoutes(metrics: RouterMetrics): readonly Route[] {
  return [
    ...errorRoutes(metrics),
    appRoute({
      method: 'GET',
      path: '/apps/:app/metrics/router',
      permission: 'view',
      async handle({ context, app, query }) {
        const now = context.clock.now();
        const range = timeRange(query, now, HOUR_MS);
        const { from, to } = range;
        const step = stepFor(range, now);
        const load = await metrics.load(app.id);
        const records = await metrics.read(app.id, step, from, to);
        return {
          app: { id: app.id, name: app.name },
          start_time: from.toISOString(),
          end_time: to.toISOString(),
          step_seconds: STEPS[step].ms / 1_000,
          in_flight: load?.inFlight ?? null,
          queued: load?.queued ?? null,
          summary: present(records.reduce(merge, emptyRecord(from.toISOString()))),
          data: records.map(present),
        };
      },
    }),
    publicRoute({
      method: 'GET',
      path: '/metrics',
      stream: true,
      async handle({ context, address, headers }) {
        // A proxy on this machine speaks for anybody.
        const local = LOOPBACK.test(address) && headers['x-forwarded-for'] === undefined;
        if (!local) {
          const actor = await authenticate(context, headers.authorization);
          requireScope(actor.authorization.scope, 'GET', '/metrics');
        }
        const text = renderPrometheus(await readPlatform(context, metrics));
        return new StreamReply('text/plain; version=0.0.4; charset=utf-8', once(text));
      },
    }),
  ];
}

async function* once(text: string): AsyncIterable<string> {
  yield text;
}
