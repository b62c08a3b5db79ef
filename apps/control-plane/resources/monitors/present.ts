import type { Monitor } from '@jangada/core';
import { nameOf } from './rules.ts';

/** A monitor as `ps:autoscale` reads it, with the URL of its queue when it has one. */
export function presentMonitor(monitor: Monitor): object {
  return {
    id: monitor.id,
    app: { id: monitor.appId },
    process_type: monitor.type,
    name: nameOf(monitor.metric),
    action_type: 'scale',
    is_active: monitor.isActive,
    min_quantity: monitor.minQuantity,
    max_quantity: monitor.maxQuantity,
    value: monitor.target,
    ...(monitor.queueUrl === null ? {} : { queue_url: monitor.queueUrl }),
    op: 'GREATER_OR_EQUAL',
    period: 1,
    notification_channels: [],
    notification_period: 1440,
    created_at: monitor.createdAt.toISOString(),
    updated_at: monitor.updatedAt.toISOString(),
  };
}
