import type { Monitor } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CreateMonitorRequest, UpdateMonitorRequest } from '@jangada/platform-api/requests';
import { type AppChange, changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { scale } from '../formation/rules.ts';

/** `heroku ps:autoscale:enable`. Asking again changes the one monitor that a process type has. */
export async function createMonitor(call: AppCall<CreateMonitorRequest>): Promise<Monitor> {
  const { context, actor, app, body } = call;
  const type = scalableType(call);
  return changeApp(context, actor, app.id, async (change) => {
    const now = context.clock.now();
    const before = await change.tx.monitors.find({ appId: app.id, type });
    const wanted = {
      isActive: body.is_active ?? true,
      minQuantity: body.min_quantity,
      maxQuantity: body.max_quantity,
      targetMs: body.value,
      updatedAt: now,
    };
    await requireRange(call, change, type, wanted);
    const monitor = before
      ? await change.tx.monitors.update(before.id, wanted)
      : await change.tx.monitors.insert({ ...wanted, id: context.ids.uuid(), appId: app.id, type, createdAt: now });
    return told(call, change, monitor);
  });
}

/** Changes a monitor, or switches it off: `heroku ps:autoscale:disable`. */
export async function updateMonitor(call: AppCall<UpdateMonitorRequest>): Promise<Monitor> {
  const { context, actor, app, body, params } = call;
  const type = scalableType(call);
  return changeApp(context, actor, app.id, async (change) => {
    const before = await change.tx.monitors.find({ id: params['monitor'] ?? '', appId: app.id, type });
    if (before === null) {
      throw new PlatformError('not_found', "Couldn't find that monitor. See heroku ps:autoscale:enable.", {
        resource: 'monitor',
      });
    }
    const wanted = {
      isActive: body.is_active ?? before.isActive,
      minQuantity: body.min_quantity ?? before.minQuantity,
      maxQuantity: body.max_quantity ?? before.maxQuantity,
      targetMs: body.value ?? before.targetMs,
      updatedAt: context.clock.now(),
    };
    await requireRange(call, change, type, wanted);
    return told(call, change, await change.tx.monitors.update(before.id, wanted));
  });
}

/** Only web dynos have response times. */
function scalableType({ params }: Pick<AppCall, 'params'>): string {
  const type = params['formation'] ?? '';
  if (type === 'web') return type;
  throw new PlatformError('invalid_params', `Only web dynos can be scaled by response time, not ${type}.`);
}

/** The most that may be asked for is what a person may scale to. */
async function requireRange(
  { context, app }: Pick<AppCall, 'context' | 'app'>,
  { tx }: AppChange,
  type: string,
  { minQuantity, maxQuantity }: Pick<Monitor, 'minQuantity' | 'maxQuantity'>,
): Promise<void> {
  if (minQuantity > maxQuantity) {
    throw new PlatformError(
      'invalid_params',
      `The least number of dynos (${minQuantity}) is above the most (${maxQuantity}). Swap --min and --max.`,
    );
  }
  scale(context.sizes, await tx.formations.list({ appId: app.id }), [{ type, quantity: maxQuantity }]);
}

async function told(call: Pick<AppCall, 'actor'>, change: AppChange, monitor: Monitor | null): Promise<Monitor> {
  if (monitor === null) throw new Error("A monitor vanished under its app's lock.");
  const { id, type, isActive, minQuantity, maxQuantity, targetMs } = monitor;
  await change.event('api:formation', 'update', { monitor: id, type, isActive, minQuantity, maxQuantity, targetMs });
  const what = isActive
    ? `Autoscaling ${type} from ${minQuantity} to ${maxQuantity} dynos for a p95 response time of ${targetMs}ms`
    : `Autoscaling of ${type} switched off`;
  change.log(`${what} by user ${call.actor.account.email}`);
  return monitor;
}
