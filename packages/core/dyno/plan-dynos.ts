import type { AppSettings } from '../app/app-settings.ts';
import type { Formation } from '../formation/formation.ts';
import type { EngineDyno } from '../ports/engine.ts';
import { cycleAt, expiryOf } from './cycling.ts';
import type { Dyno } from './dyno.ts';
import { isOneOff, runsInFormation } from './one-off.ts';
import { type AppTraffic, idleSteps, type SleepStep, sleepSteps } from './plan-sleep.ts';

/** The release that an app should run now. */
export interface CurrentRelease {
  readonly id: string;
  readonly version: number;
  readonly processTypes: Readonly<Record<string, string>>;
}

export interface PlanInput {
  readonly now: Date;
  readonly settings: AppSettings;
  /** Null before the first deploy. */
  readonly release: CurrentRelease | null;
  readonly formation: readonly Pick<Formation, 'type' | 'quantity' | 'size'>[];
  readonly dynos: readonly Dyno[];
  /** Containers of this app, by dyno id. */
  readonly containers: ReadonlyMap<string, EngineDyno>;
  /** Dynos that a start or stop is under way for: left alone in this pass. */
  readonly busy: ReadonlySet<string>;
  readonly traffic: AppTraffic;
  /** Names of the sizes whose dynos sleep when the app does not say otherwise. */
  readonly sleepySizes: ReadonlySet<string>;
}

export interface NewDyno {
  readonly type: string;
  readonly number: number;
  readonly size: string;
  readonly command: string;
  readonly releaseId: string;
  readonly version: number;
}

/** It ended by itself; it did not bind its port in time; it did, but its health check did not answer well in time. */
export type CrashCause = 'exit' | 'boot-timeout' | 'health-check';

/** One thing to do. Quick steps change rows; `start`, `stop`, `check` and `remove` take a while and run on their own. */
export type Step =
  | { readonly do: 'create'; readonly dyno: NewDyno }
  | { readonly do: 'start'; readonly dyno: Dyno }
  | { readonly do: 'up'; readonly dyno: Dyno }
  | { readonly do: 'check'; readonly dyno: Dyno; readonly container: EngineDyno; readonly path: string }
  | { readonly do: 'crash'; readonly dyno: Dyno; readonly exitCode: number | null; readonly cause: CrashCause }
  | { readonly do: 'revive'; readonly dyno: Dyno }
  | { readonly do: 'cycle'; readonly dyno: Dyno }
  | { readonly do: 'retire'; readonly dyno: Dyno; readonly reason: NonNullable<Dyno['stopping']> }
  | { readonly do: 'stop'; readonly dyno: Dyno }
  | { readonly do: 'remove'; readonly container: EngineDyno }
  | SleepStep;

export interface DynoPlan {
  readonly steps: readonly Step[];
  /** When to look again although nothing happened; null when nothing is due. */
  readonly wakeAt: Date | null;
}

/**
 * What to do so that the app's dynos become what its formation and release ask for. Pure and level-triggered: it looks at
 * what is, never at what happened, so it may run at any moment and after any crash.
 *
 * Web dynos are replaced one for one: the old `web.1` goes when the new `web.1` is up, and stays when it does not come up.
 * Other types are replaced at once, old and new overlapping while the old ends (behaviour 1.3).
 */
export function planDynos(input: PlanInput): DynoPlan {
  const steps: Step[] = [];
  const wakes: number[] = [];
  for (const dyno of input.dynos) {
    if (!input.busy.has(dyno.id)) steps.push(...observe(dyno, input, wakes));
  }
  steps.push(...sleepSteps(input, wakes), ...formationSteps(input), ...strays(input));
  return { steps, wakeAt: wakes.length === 0 ? null : new Date(Math.min(...wakes)) };
}

/** What one dyno's own state asks for. */
function observe(dyno: Dyno, input: PlanInput, wakes: number[]): Step[] {
  const container = input.containers.get(dyno.id);
  const gone = container === undefined || container.state === 'exited';
  if (isDue(dyno, gone)) return [{ do: 'stop', dyno }];
  switch (dyno.state) {
    case 'created':
    case 'provisioning':
      if (!dyno.attached) return [{ do: 'start', dyno }];
      return gone ? [] : [{ do: 'up', dyno }];
    case 'starting':
    case 'up':
      return gone ? [ended(dyno, container)] : progress(dyno, container, input, wakes);
    case 'idle':
      return idleSteps(dyno, container, gone, input, wakes);
    case 'crashed':
      if (isOneOff(dyno)) return [{ do: 'retire', dyno, reason: 'finished' }];
      if (dyno.restartAt === null) return [];
      if (dyno.restartAt <= input.now) return [{ do: 'revive', dyno }];
      wakes.push(dyno.restartAt.getTime());
      return [];
    case 'down':
      return [{ do: 'stop', dyno }];
  }
}

/** A dyno marked for its end is stopped; a web dyno that restarts waits for its successor as long as it serves. */
function isDue(dyno: Dyno, gone: boolean): boolean {
  if (dyno.stopping === null) return false;
  const serves = dyno.type === 'web' && dyno.state === 'up' && !gone;
  return !(dyno.stopping === 'restart' && serves);
}

function ended(dyno: Dyno, container: EngineDyno | undefined): Step {
  // It is up as soon as it runs and listed until it is stopped, so this one never ran: its start was interrupted.
  const neverRan = dyno.state === 'starting' && container === undefined && !dyno.attached;
  if (isOneOff(dyno)) return neverRan ? { do: 'start', dyno } : { do: 'retire', dyno, reason: 'finished' };
  // It did not fail: the platform was stopped, the engine lost it, or the machine went down. That is no crash.
  if (container === undefined || container.exitCode === null) return { do: 'revive', dyno };
  return { do: 'crash', dyno, exitCode: container.exitCode, cause: 'exit' };
}

function progress(dyno: Dyno, container: EngineDyno, input: PlanInput, wakes: number[]): Step[] {
  if (dyno.state === 'up' && container.state === 'paused') return [{ do: 'thaw', dyno, frozen: true }];
  if (dyno.state !== 'starting') return aged(dyno, input, wakes);
  const { bootTimeoutSeconds, healthCheckPath: path } = input.settings;
  const listens = dyno.port === null || container.listening;
  const isChecked = dyno.port !== null && path !== null;
  if (listens && !isChecked) return [{ do: 'up', dyno }];
  const deadline = (dyno.startedAt ?? dyno.updatedAt).getTime() + bootTimeoutSeconds * 1000;
  if (deadline <= input.now.getTime()) {
    return [{ do: 'crash', dyno, exitCode: null, cause: listens ? 'health-check' : 'boot-timeout' }];
  }
  wakes.push(deadline);
  return listens && path !== null ? [{ do: 'check', dyno, container, path }] : [];
}

/**
 * A dyno that has lived for its day is restarted, a one-off ended, which may have had less. One that waits for its successor
 * has been dealt with.
 */
function aged(dyno: Dyno, input: PlanInput, wakes: number[]): Step[] {
  const due = expiryOf(dyno) ?? (input.settings.dailyRestart ? cycleAt(dyno) : null);
  if (dyno.stopping !== null || dyno.state !== 'up' || due === null) return [];
  if (due <= input.now) return [{ do: 'cycle', dyno }];
  wakes.push(due.getTime());
  return [];
}

/** Which dynos are missing, which are too many. */
function formationSteps(input: PlanInput): Step[] {
  const { release } = input;
  if (release === null) return [];
  const members = input.dynos.filter((dyno) => !isOneOff(dyno));
  const steps: Step[] = [];
  for (const { type, number, size, command } of wanted(input, release)) {
    const current = members.find(
      (dyno) => covers(dyno, type, number) && dyno.version === release.version && dyno.size === size,
    );
    if (current === undefined) {
      steps.push({
        do: 'create',
        dyno: { type, number, size, command, releaseId: release.id, version: release.version },
      });
    }
    const others = members.filter((dyno) => dyno !== current && dyno.type === type && dyno.number === number);
    for (const old of others) {
      if (isReplaceable(old, current)) steps.push({ do: 'retire', dyno: old, reason: 'replaced' });
    }
  }
  const places = new Set(wanted(input, release).map(({ type, number }) => `${type}.${number}`));
  for (const dyno of members) {
    if (isStaying(dyno) && !places.has(`${dyno.type}.${dyno.number}`))
      steps.push({ do: 'retire', dyno, reason: 'scaled' });
  }
  return steps;
}

/** Not yet on its way out; a web dyno that waits for its successor still counts. */
function isStaying(dyno: Dyno): boolean {
  return dyno.stopping === null || dyno.stopping === 'restart';
}

/** Whether the dyno that `current` succeeds may go now: one that serves web requests only once `current` is up. */
function isReplaceable(old: Dyno, current: Dyno | undefined): boolean {
  if (!isStaying(old)) return false;
  const serves = old.type === 'web' && old.state === 'up';
  return serves ? current?.state === 'up' : old.stopping === null;
}

function covers(dyno: Dyno, type: string, number: number): boolean {
  return dyno.stopping === null && dyno.type === type && dyno.number === number;
}

function wanted(
  input: PlanInput,
  release: CurrentRelease,
): { type: string; number: number; size: string; command: string }[] {
  return input.formation.flatMap(({ type, quantity, size }) => {
    const command = release.processTypes[type];
    if (command === undefined || !runsInFormation(type)) return [];
    return Array.from({ length: quantity }, (_, index) => ({ type, number: index + 1, size, command }));
  });
}

/** Containers that no row speaks for: left over from a crash between two steps. Builds are the builder's. */
function strays(input: PlanInput): Step[] {
  const known = new Set(input.dynos.map((dyno) => dyno.id));
  return [...input.containers.values()]
    .filter(
      (container) => container.type !== 'build' && !known.has(container.dynoId) && !input.busy.has(container.dynoId),
    )
    .map((container) => ({ do: 'remove', container }));
}
