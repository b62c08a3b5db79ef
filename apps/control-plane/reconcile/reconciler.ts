import { type Dyno, defaultHostname, planDynos, type Step } from '@jangada/core';
import { logApi } from '../changes/api-log.ts';
import type { Context } from '../context.ts';
import { freezeDyno, putToSleep, shelveDyno, thawDyno } from '../sleep/sleep-dynos.ts';
import type { Traffic } from '../sleep/traffic.ts';
import { applyStep } from './apply-step.ts';
import { BusyDynos } from './busy-dynos.ts';
import { newDynoRow } from './dyno-row.ts';
import { createEngineView } from './engine-view.ts';
import { checkHealth, type HealthProbe, probeOverHttp } from './health-check.ts';
import { appRouteOf, currentReleaseOf, readSnapshot, type Snapshot } from './snapshot.ts';
import { startDyno, unidleDyno } from './start-dyno.ts';
import { stopDyno } from './stop-dyno.ts';
import { createWebSwitches } from './web-switch.ts';

/** Milliseconds before a failed pass is tried again (doubles from `first` to `longest`), and before a failed step is. */
const RETRY_MS = { first: 250, longest: 2_000, failedStep: 1_000 } as const;

/** Longest time to the next look; also the longest that a timer may last. */
const LONGEST_ALARM_MS = 24 * 60 * 60 * 1000;

export interface ReconcilerOptions {
  readonly traffic: Traffic;
  /** Called, before anything else of a pass, with an app that has releases waiting for their release command. */
  readonly runReleaseCommands: (appId: string) => Promise<void>;
  /** Called once when an app is gone and its dynos and route are too. */
  readonly appRemoved: (appId: string) => Promise<void>;
  /** Default: over HTTP. */
  readonly probe?: HealthProbe;
}

/** Makes every app's dynos and route what the store asks for. One pass at a time an app, apps side by side. */
export interface Reconciler {
  /** Looks at an app soon. Calls while a pass runs are joined into one more pass. */
  poke(appId: string): void;
  /** A held request of the app asks for a wake. */
  wake(appId: string): void;
  /** Looks at every app: at start, and whenever something may have been missed. */
  pokeAll(): Promise<void>;
  /** Resolves when no pass, start or stop is under way. */
  idle(): Promise<void>;
  /** Ends timers; starts and stops that are under way are finished. */
  close(): Promise<void>;
}

export function createReconciler(context: Context, options: ReconcilerOptions): Reconciler {
  const view = createEngineView(context.engine);
  const loops = new Map<string, { again: boolean }>();
  const work = new Set<Promise<void>>();
  const busy = new BusyDynos();
  const alarms = new Map<string, AbortController>();
  const published = new Map<string, string>();
  const switches = createWebSwitches(options.traffic);
  let closed = false;

  const track = (promise: Promise<void>): void => {
    const tracked = promise.finally(() => work.delete(tracked));
    work.add(tracked);
  };

  const poke = (appId: string): void => {
    if (closed) return;
    const loop = loops.get(appId);
    if (loop) {
      loop.again = true;
      return;
    }
    loops.set(appId, { again: false });
    track(run(appId));
  };

  const dropAlarm = (appId: string): void => {
    alarms.get(appId)?.abort();
    alarms.delete(appId);
  };

  const wakeAt = (appId: string, at: Date): void => {
    dropAlarm(appId);
    const alarm = new AbortController();
    alarms.set(appId, alarm);
    const delay = Math.min(Math.max(at.getTime() - context.clock.now().getTime(), 0), LONGEST_ALARM_MS);
    context.clock.sleep(delay, alarm.signal).then(
      () => poke(appId),
      () => undefined,
    );
  };

  async function run(appId: string): Promise<void> {
    let retry = RETRY_MS.first as number;
    for (;;) {
      const loop = loops.get(appId)!;
      loop.again = false;
      try {
        const changed = await pass(appId);
        if (changed) loop.again = true;
        retry = RETRY_MS.first;
      } catch (error) {
        context.report('reconcile.failed', { appId, error: String(error) });
        if (closed) break;
        await context.clock.sleep(retry);
        retry = Math.min(retry * 2, RETRY_MS.longest);
        loop.again = true;
      }
      if (!loop.again || closed) break;
    }
    loops.delete(appId);
  }

  /** A failure here is looked at again with the next pass. */
  async function runReleaseCommands(appId: string): Promise<void> {
    await options.runReleaseCommands(appId).catch((error: unknown) => {
      context.report('reconcile.release-commands-failed', { appId, error: String(error) });
    });
  }

  /** One look at an app. Whether rows changed, so that another look is due. */
  async function pass(appId: string): Promise<boolean> {
    const [snapshot, untouched] = await busy.during(() => readSnapshot(context.store.rows, view, appId));
    if (snapshot === null) {
      await removeApp(appId);
      return false;
    }
    await publish(snapshot);
    const switched = switches.observe(snapshot);
    if (switched !== null) await logApi(context, appId, [switched]);
    track(runReleaseCommands(appId));
    const { steps, wakeAt: due } = planOf(snapshot, untouched);
    if (due !== null) wakeAt(appId, due);
    let changed = false;
    for (const step of steps) changed = (await execute(snapshot, step)) || changed;
    // Requests may be held for a dyno that is up now: its route does not wait for the next look.
    if (steps.some((step) => step.do === 'up')) await publishRows(snapshot);
    return changed;
  }

  function planOf(snapshot: Snapshot, untouched: ReadonlySet<string>): ReturnType<typeof planDynos> {
    return planDynos({
      now: context.clock.now(),
      settings: snapshot.settings,
      release: currentReleaseOf(snapshot.running),
      formation: snapshot.formation,
      dynos: snapshot.dynos,
      containers: snapshot.containers,
      busy: untouched,
      traffic: options.traffic.of(snapshot.app.id),
      sleepySizes: context.sizes.sleepy,
    });
  }

  /**
   * A request waits: what was asleep when last looked at goes on, or starts, before the engine is asked for its list. The
   * passes that follow see what is true then. Whether there was something to do.
   */
  async function wakeAtOnce(appId: string): Promise<boolean> {
    const containers = view.lastSeen(appId);
    if (containers === null) return false;
    const seen = { containersOf: async () => containers };
    const [snapshot, untouched] = await busy.during(() => readSnapshot(context.store.rows, seen, appId));
    if (snapshot === null) return false;
    const steps = planOf(snapshot, untouched).steps.filter(({ do: what }) => what === 'thaw' || what === 'unidle');
    for (const step of steps) await execute(snapshot, step);
    return steps.length > 0;
  }

  /** The route with the rows as they are now, after a change to them, and the containers that were seen before. */
  async function publishRows(snapshot: Snapshot): Promise<void> {
    const { rows } = context.store;
    await publish({ ...snapshot, dynos: await rows.dynos.list({ appId: snapshot.app.id }, { orderBy: 'createdAt' }) });
  }

  async function publish(snapshot: Snapshot): Promise<void> {
    const route = appRouteOf(snapshot);
    const text = JSON.stringify(route);
    if (published.get(route.appId) === text) return;
    await context.routes.put(route);
    published.set(route.appId, text);
  }

  async function execute(snapshot: Snapshot, step: Step): Promise<boolean> {
    switch (step.do) {
      case 'start':
        longStep(step.dyno.appId, [step.dyno.id], () => startDyno(context, step.dyno));
        return false;
      case 'stop': {
        const state = snapshot.containers.get(step.dyno.id)?.state;
        const running = state === 'running' || state === 'paused';
        longStep(step.dyno.appId, [step.dyno.id], () => stopDyno(context, step.dyno, running, snapshot.settings));
        return false;
      }
      case 'check': {
        const { dyno, container, path } = step;
        const host = defaultHostname(context.settings, snapshot.app.name);
        const check = () => checkHealth(context, options.probe ?? probeOverHttp, dyno, container, path, host);
        longStep(dyno.appId, [dyno.id], check);
        return false;
      }
      case 'remove':
        longStep(snapshot.app.id, [step.container.dynoId], () => context.engine.stop(step.container.dynoId, 0));
        return false;
      case 'sleep':
        await putToSleep(context, options.traffic, step.dynos);
        return true;
      case 'freeze':
        longStep(step.dyno.appId, [step.dyno.id], () =>
          freezeDyno(context, options.traffic, step.dyno, snapshot.settings),
        );
        return false;
      case 'thaw':
        longStep(step.dyno.appId, [step.dyno.id], async () => {
          await thawDyno(context, step.dyno, step.frozen, () => publishRows(snapshot));
        });
        return false;
      case 'unidle': {
        const now = context.clock.now();
        const row = newDynoRow(context, step.dyno.appId, step.dyno, step.dyno.crashes);
        const next: Dyno = { ...row, state: 'starting', startedAt: now };
        longStep(step.dyno.appId, [step.dyno.id, next.id], () => unidleDyno(context, step.dyno, next));
        return false;
      }
      case 'shelve':
        longStep(step.dyno.appId, [step.dyno.id], () => shelveDyno(context, step.dyno, snapshot.settings));
        return false;
      default:
        await applyStep(context, snapshot, step);
        return true;
    }
  }

  /** For these dynos; not when something is under way for one of them, at whose end there is another look. */
  function longStep(appId: string, dynoIds: readonly string[], action: () => Promise<unknown>): void {
    if (!busy.begin(dynoIds)) return;
    const done = action()
      .catch((error: unknown) => {
        context.report('reconcile.step-failed', { appId, dynoId: dynoIds[0], error: String(error) });
        return closed ? undefined : context.clock.sleep(RETRY_MS.failedStep);
      })
      .then(() => {
        busy.end(dynoIds);
        view.forget(appId);
        poke(appId);
      });
    track(done);
  }

  async function removeApp(appId: string): Promise<void> {
    dropAlarm(appId);
    published.delete(appId);
    options.traffic.forget(appId);
    switches.forget(appId);
    await context.routes.remove(appId);
    const containers = [...(await view.containersOf(appId)).values()].filter((one) => !busy.now.has(one.dynoId));
    await Promise.all(containers.map((one) => context.engine.stop(one.dynoId, 0)));
    view.forget(appId);
    await options.appRemoved(appId);
  }

  return {
    poke,
    wake(appId) {
      if (closed) return;
      options.traffic.askWake(appId);
      const woken = wakeAtOnce(appId).catch((error: unknown) => {
        context.report('reconcile.wake-failed', { appId, error: String(error) });
        return false;
      });
      // What has begun looks again when it is done; a look beside it would only hold it up.
      track(woken.then((begun) => (begun ? undefined : poke(appId))));
    },
    async pokeAll() {
      published.clear();
      const [apps, containers] = await Promise.all([
        context.store.rows.apps.list(),
        context.engine.list().catch(() => []),
      ]);
      await context.routes.retain(apps.map((app) => app.id)).catch((error: unknown) => {
        context.report('reconcile.retain-failed', { error: String(error) });
      });
      const ids = new Set([...apps.map((app) => app.id), ...containers.map((one) => one.appId)]);
      for (const id of ids) poke(id);
    },
    async idle() {
      while (work.size > 0) await Promise.all(work);
    },
    async close() {
      closed = true;
      for (const appId of [...alarms.keys()]) dropAlarm(appId);
      await Promise.all(work);
    },
  };
}
