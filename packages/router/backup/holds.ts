/** Requests that wait for their app to change. */
export class Holds {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** The app's route changed: everyone who waits looks again. */
  changed(appId: string): void {
    const waiting = this.#waiting.get(appId);
    this.#waiting.delete(appId);
    for (const go of waiting ?? []) go();
  }

  /** Resolves when the app changes, when `ms` are over or when the signal aborts. */
  async next(appId: string, ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const waiting = this.#waiting.get(appId) ?? new Set();
    this.#waiting.set(appId, waiting);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(1, ms));
    waiting.add(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    waiting.delete(resolve);
    if (waiting.size === 0 && this.#waiting.get(appId) === waiting) this.#waiting.delete(appId);
  }

  /** Requests of the app that wait now. */
  waitingFor(appId: string): number {
    return this.#waiting.get(appId)?.size ?? 0;
  }
}
