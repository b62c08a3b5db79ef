/**
 * What a monitor looks at. `latency`: p95 response time in milliseconds. `requests`: requests in flight and waiting, for each
 * dyno. `queue`: entries of a queue, for each dyno.
 */
export type MonitorMetric = 'latency' | 'requests' | 'queue';

/** Keeps a figure of a process type near a target by changing the number of its dynos (`heroku ps:autoscale`). */
export interface Monitor {
  readonly id: string;
  readonly appId: string;
  /** Process type. Only `web` has response times and requests. */
  readonly type: string;
  readonly metric: MonitorMetric;
  readonly isActive: boolean;
  /** 0 only for queues: a queue can ask for the first dyno, requests cannot. */
  readonly minQuantity: number;
  readonly maxQuantity: number;
  /** In the unit of the metric. */
  readonly target: number;
  /**
   * Who tells the depth of the queue: a path such as `/queue-depth`, which a web dyno of the app answers, or a URL of the
   * public internet. Null for other metrics.
   */
  readonly queueUrl: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
