import type { Context } from '../context.ts';
import type { Reconciler } from './reconciler.ts';

/** Milliseconds before a broken stream is opened again. */
const RETRY_MS = 500;

/** Tells the reconciler where to look: changes in the store, events of the engine, wakes of the router. Runs until the signal aborts. */
export async function watchChanges(context: Context, reconciler: Reconciler, signal: AbortSignal): Promise<void> {
  const storeChanges = async (): Promise<void> => {
    for await (const appId of context.store.listen('app', signal)) {
      if (appId === '') await reconciler.pokeAll();
      else reconciler.poke(appId);
    }
  };
  const engineEvents = async (): Promise<void> => {
    for await (const event of context.engine.events(signal)) {
      if (event.kind === 'sync') await reconciler.pokeAll();
      else reconciler.poke(event.appId);
    }
  };
  const wakes = async (): Promise<void> => {
    await reconciler.pokeAll();
    for await (const appId of context.routes.wakes(signal)) reconciler.wake(appId);
  };
  await Promise.all([
    keepGoing(context, 'router', wakes, signal),
    keepGoing(context, 'store', storeChanges, signal),
    keepGoing(context, 'engine', engineEvents, signal),
  ]);
}

async function keepGoing(
  context: Context,
  name: string,
  watch: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await watch().catch((error: unknown) => {
      if (!signal.aborted) context.report('watch.broken', { stream: name, error: String(error) });
    });
    await context.clock.sleep(RETRY_MS, signal).catch(() => undefined);
  }
}
