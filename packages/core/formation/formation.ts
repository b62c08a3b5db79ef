/** How many dynos of which size a process type should have. */
export interface Formation {
  readonly id: string;
  readonly appId: string;
  readonly type: string;
  readonly quantity: number;
  /** A name of the size table, as shown: `Basic`, `Standard-1X`. */
  readonly size: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
