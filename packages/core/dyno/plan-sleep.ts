import type { EngineDyno } from '../ports/engine.ts';
import type { Dyno } from './dyno.ts';
import { isOneOff } from './one-off.ts';
import type { PlanInput, Step } from './plan-dynos.ts';

/** Minutes without a request after which apps on a size that sleeps do (behaviour 1.9). */
const SLEEP_AFTER_MINUTES = 30;

/** A frozen dyno is stopped after this many times the period after which it was frozen. */
const STOP_AFTER_PERIODS = 2;

/** What is known of an app's web traffic. */
export interface AppTraffic {
  /** The last request, or the moment since which requests are counted. */
  readonly lastRequestAt: Date;
  /** When a held request last asked for a wake. */
  readonly wakeAskedAt: Date | null;
}

/** What sleeping dynos may ask for. All but `sleep` take a while. */
export type SleepStep =
  /** Dynos that are up become idle: the router holds their requests from then on. */
  | { readonly do: 'sleep'; readonly dynos: readonly Dyno[] }
  /** Processes of an idle dyno are frozen in memory, once the router has nothing left on it. */
  | { readonly do: 'freeze'; readonly dyno: Dyno }
  /** An idle dyno that is in memory goes on, or one that is up although its processes are frozen. */
  | { readonly do: 'thaw'; readonly dyno: Dyno; readonly frozen: boolean }
  /** A frozen dyno ends and stays idle. */
  | { readonly do: 'shelve'; readonly dyno: Dyno }
  /** An idle dyno that is not in memory starts again. */
  | { readonly do: 'unidle'; readonly dyno: Dyno };

/**
 * Whether the app goes to sleep: all its web dynos are up, and none has had a request, or become up, for the app's period.
 * Workers of a size that sleeps go with them; an app without web dynos never sleeps (behaviour 1.9).
 */
export function sleepSteps(input: PlanInput, wakes: number[]): Step[] {
  const period = sleepPeriodMs(input);
  const webs = stayingWebs(input);
  if (period === Number.POSITIVE_INFINITY || webs.length === 0) return [];
  const sleepers = input.dynos.filter((dyno) => isAwake(dyno, input) && sleepsAlong(dyno, input));
  if (webs.every((dyno) => dyno.state === 'idle')) return sleepers.length > 0 ? [{ do: 'sleep', dynos: sleepers }] : [];
  const someGo = input.dynos.some((dyno) => dyno.type === 'web' && dyno.stopping !== null);
  if (someGo || !webs.every((dyno) => isAwake(dyno, input))) return [];
  const quietSince = Math.max(input.traffic.lastRequestAt.getTime(), ...webs.map((dyno) => dyno.updatedAt.getTime()));
  const due = quietSince + period;
  if (due <= input.now.getTime()) return [{ do: 'sleep', dynos: [...webs, ...sleepers] }];
  wakes.push(due);
  return [];
}

/** What an idle dyno asks for. `gone`: it is not in memory any more, stopped by us or by a restart of the machine. */
export function idleSteps(
  dyno: Dyno,
  container: EngineDyno | undefined,
  gone: boolean,
  input: PlanInput,
  wakes: number[],
): Step[] {
  const frozen = container?.state === 'paused';
  if (isWanted(dyno, input)) return [gone ? { do: 'unidle', dyno } : { do: 'thaw', dyno, frozen }];
  if (gone) return [];
  if (!frozen) return [{ do: 'freeze', dyno }];
  const due = dyno.updatedAt.getTime() + STOP_AFTER_PERIODS * sleepPeriodMs(input);
  if (due <= input.now.getTime()) return [{ do: 'shelve', dyno }];
  if (due !== Number.POSITIVE_INFINITY) wakes.push(due);
  return [];
}

/** Asked for since it sleeps, or left behind: its app has other web dynos that do not sleep, or none at all. */
function isWanted(dyno: Dyno, input: PlanInput): boolean {
  const { wakeAskedAt } = input.traffic;
  if (wakeAskedAt !== null && wakeAskedAt >= dyno.updatedAt) return true;
  const webs = stayingWebs(input);
  return webs.length === 0 || webs.some((web) => web.state !== 'idle');
}

/** Milliseconds; infinity for never. */
function sleepPeriodMs({ settings, formation, sleepySizes }: PlanInput): number {
  const size = formation.find((one) => one.type === 'web')?.size ?? '';
  const standard = sleepySizes.has(size) ? SLEEP_AFTER_MINUTES : Number.POSITIVE_INFINITY;
  return (settings.sleepAfterMinutes ?? standard) * 60_000;
}

function stayingWebs(input: PlanInput): readonly Dyno[] {
  return input.dynos.filter((dyno) => dyno.type === 'web' && dyno.stopping === null);
}

function isAwake(dyno: Dyno, input: PlanInput): boolean {
  return dyno.state === 'up' && dyno.stopping === null && !input.busy.has(dyno.id);
}

function sleepsAlong(dyno: Dyno, input: PlanInput): boolean {
  return dyno.type !== 'web' && !isOneOff(dyno) && input.sleepySizes.has(dyno.size);
}
