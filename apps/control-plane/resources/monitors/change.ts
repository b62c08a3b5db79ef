import { type Monitor, presentableUrl } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CreateMonitorRequest, UpdateMonitorRequest } from '@jangada/platform-api/requests';
import { type AppChange, changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { type MonitorWish, metricOf, nameOf, requireSound } from './rules.ts';

/** `heroku ps:autoscale:enable`. Asking again changes the one monitor that a process type has. */
export async function createMonitor(call: AppCall<CreateMonitorRequest>): Promise<Monitor> {
  const { context, actor, app, body, params } = call;
  const type = params['formation'] ?? '';
  return changeApp(context, actor, app.id, async (change) => {
    const before = await change.tx.monitors.find({ appId: app.id, type });
    const metric = metricOf(body.name) ?? 'latency';
    const wish: MonitorWish = {
      type,
      metric,
      isActive: body.is_active ?? true,
      minQuantity: body.min_quantity,
      maxQuantity: body.max_quantity,
      target: body.value,
      queueUrl: metric === 'queue' ? (body.queue_url ?? null) : null,
    };
    return keep(call, change, before, wish);
  });
}

/** Changes a monitor, or switches it off: `heroku ps:autoscale:disable`. */
export async function updateMonitor(call: AppCall<UpdateMonitorRequest>): Promise<Monitor> {
  const { context, actor, app, body, params } = call;
  const type = params['formation'] ?? '';
  return changeApp(context, actor, app.id, async (change) => {
    const before = await change.tx.monitors.find({ id: params['monitor'] ?? '', appId: app.id, type });
    if (before === null) {
      throw new PlatformError('not_found', "Couldn't find that monitor. See heroku ps:autoscale:enable.", {
        resource: 'monitor',
      });
    }
    const metric = metricOf(body.name) ?? before.metric;
    const wish: MonitorWish = {
      type,
      metric,
      isActive: body.is_active ?? before.isActive,
      minQuantity: body.min_quantity ?? before.minQuantity,
      maxQuantity: body.max_quantity ?? before.maxQuantity,
      target: body.value ?? before.target,
      queueUrl: metric === 'queue' ? (body.queue_url ?? before.queueUrl) : null,
    };
    return keep(call, change, before, wish);
  });
}

async function keep(
  { context, app, actor }: Pick<AppCall, 'context' | 'app' | 'actor'>,
  change: AppChange,
  before: Monitor | null,
  wish: MonitorWish,
): Promise<Monitor> {
  // One that is switched off does nothing: that must always be possible.
  if (wish.isActive) requireSound(context.sizes, await change.tx.formations.list({ appId: app.id }), wish);
  const now = context.clock.now();
  const row = { ...wish, updatedAt: now };
  const monitor = before
    ? await change.tx.monitors.update(before.id, row)
    : await change.tx.monitors.insert({ ...row, id: context.ids.uuid(), appId: app.id, createdAt: now });
  if (monitor === null) throw new Error("A monitor vanished under its app's lock.");
  const { type, metric, isActive, minQuantity, maxQuantity, target } = wish;
  const facts = { monitor: monitor.id, type, name: nameOf(metric), isActive, minQuantity, maxQuantity, target };
  await change.event('api:formation', 'update', facts);
  const what = isActive
    ? `Autoscaling ${type} from ${minQuantity} to ${maxQuantity} dynos for ${aimOf(wish)}`
    : `Autoscaling of ${type} switched off`;
  change.log(`${what} by user ${actor.account.email}`);
  return monitor;
}

function aimOf({ metric, target, queueUrl }: MonitorWish): string {
  if (metric === 'latency') return `a p95 response time of ${target}ms`;
  if (metric === 'requests') return `${target} requests in flight each`;
  const where =
    queueUrl === null || queueUrl.startsWith('/') ? queueUrl?.replace(/\?.*/, '') : presentableUrl(queueUrl);
  return `${target} entries each of the queue at ${where}`;
}
