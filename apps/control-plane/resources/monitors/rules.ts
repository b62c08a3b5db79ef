import { type Formation, type Monitor, type MonitorMetric, runsInFormation } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { UpdateMonitorRequest } from '@jangada/platform-api/requests';
import type { Context } from '../../context.ts';
import { scale } from '../formation/rules.ts';

const METRICS: Readonly<Record<NonNullable<UpdateMonitorRequest['name']>, MonitorMetric>> = {
  LATENCY_SCALE: 'latency',
  REQUESTS_SCALE: 'requests',
  QUEUE_SCALE: 'queue',
};

/** The longest response time that can be a target: the router's own limit. */
const LONGEST_MS = 30_000;

/** What a monitor is asked to be. */
export type MonitorWish = Pick<
  Monitor,
  'type' | 'metric' | 'isActive' | 'minQuantity' | 'maxQuantity' | 'target' | 'queueUrl'
>;

export function metricOf(name: UpdateMonitorRequest['name']): MonitorMetric | null {
  return name === undefined ? null : METRICS[name];
}

export function nameOf(metric: MonitorMetric): string {
  return Object.entries(METRICS).find(([, other]) => other === metric)?.[0] ?? '';
}

/** Throws `invalid_params` when a monitor cannot be like this; the most that may be asked for is what a person may scale to. */
export function requireSound(sizes: Context['sizes'], formation: readonly Formation[], wish: MonitorWish): void {
  const { type, metric, minQuantity, maxQuantity, target, queueUrl } = wish;
  const refuse = (sentence: string): never => {
    throw new PlatformError('invalid_params', sentence);
  };
  if (!runsInFormation(type)) refuse(`${type} has no dynos that could be scaled.`);
  if (metric !== 'queue' && type !== 'web') {
    refuse(`Only web dynos can be scaled by response time or requests, not ${type}. Use QUEUE_SCALE with a queue_url.`);
  }
  if (metric !== 'queue' && minQuantity === 0)
    refuse('min_quantity must be at least 1: without dynos there are no requests.');
  if (metric === 'latency' && target > LONGEST_MS) refuse(`value must be at most ${LONGEST_MS} (milliseconds).`);
  if (metric === 'queue' && (queueUrl === null || !isQueueUrl(queueUrl))) {
    refuse(
      'QUEUE_SCALE needs a queue_url: a path of the app such as /queue-depth, or a URL that begins with https:// or http://.',
    );
  }
  if (minQuantity > maxQuantity) {
    refuse(`The least number of dynos (${minQuantity}) is above the most (${maxQuantity}). Swap --min and --max.`);
  }
  scale(sizes, formation, [{ type, quantity: maxQuantity }]);
}

function isQueueUrl(text: string): boolean {
  if (/^\/(?!\/)[!-~]*$/.test(text)) return true;
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '');
}
