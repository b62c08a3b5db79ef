/** What the rest of the control plane does for people inside dynos. */
export interface Presence {
  /** Asks for the app's sleeping dynos. */
  wake(appId: string): void;
  /** The app is in use, though no request comes. */
  isBusy(appId: string): void;
}

/** Milliseconds between two such signs. */
const BUSY_MS = 30_000;

/** Keeps an app from falling asleep under somebody who is inside, until the returned function is called. */
export function keepAwake({ isBusy }: Pick<Presence, 'isBusy'>, appId: string): () => void {
  isBusy(appId);
  const timer = setInterval(() => isBusy(appId), BUSY_MS);
  return () => clearInterval(timer);
}
