/** Keeps the p95 response time of an app's web dynos below a target by changing their number (`heroku ps:autoscale`). */
export interface Monitor {
  readonly id: string;
  readonly appId: string;
  /** Process type. Only `web` has response times. */
  readonly type: string;
  readonly isActive: boolean;
  readonly minQuantity: number;
  readonly maxQuantity: number;
  /** Milliseconds. */
  readonly targetMs: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
