/** An app that is set up from a source with an app.json, and how far that is. */
export interface AppSetup {
  readonly id: string;
  /** Who set it up. */
  readonly accountId: string;
  readonly appId: string;
  /** The name that the app got. */
  readonly appName: string;
  readonly status: 'pending' | 'succeeded' | 'failed';
  readonly buildId: string | null;
  /** Why it failed, in a sentence. */
  readonly failureMessage: string | null;
  /** What is wrong with the app.json, one sentence each. */
  readonly manifestErrors: readonly string[];
  /** What the postdeploy script said; null when it has not run. */
  readonly postdeploy: { readonly output: string; readonly exitCode: number } | null;
  /** Where to send the person when all is done. */
  readonly successUrl: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
