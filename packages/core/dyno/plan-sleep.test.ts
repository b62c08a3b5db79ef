import { describe, expect, test } from 'vitest';
import { readAppSettings } from '../app/app-settings.ts';
import type { EngineDyno } from '../ports/engine.ts';
import type { Dyno } from './dyno.ts';
import { type PlanInput, planDynos } from './plan-dynos.ts';
import { sampleContainer, sampleDyno } from './testing/sample-dyno.ts';

const now = new Date('2026-01-01T12:00:00Z');
const ago = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);

const dyno = (name: string, change: Partial<Dyno> = {}): Dyno =>
  sampleDyno(name, ago(600), { id: name, size: 'Eco', ...change });

type State = EngineDyno['state'];

function plan(dynos: readonly Dyno[], states: Readonly<Record<string, State>>, change: Partial<PlanInput> = {}) {
  const containers = dynos.flatMap((one): EngineDyno[] => {
    const state = states[one.name];
    if (state === undefined) return [];
    return [sampleContainer(one, { state })];
  });
  const { steps, wakeAt } = planDynos({
    now,
    settings: readAppSettings({ JANGADA_DAILY_RESTART: 'off' }),
    release: { id: 'r5', version: 5, processTypes: { web: 'serve', worker: 'work' } },
    formation: ['web', 'worker'].map((type) => ({
      type,
      quantity: dynos.filter((one) => one.type === type).length,
      size: dynos[0]?.size ?? 'Eco',
    })),
    dynos,
    containers: new Map(containers.map((one) => [one.dynoId, one])),
    busy: new Set(),
    sleepySizes: new Set(['Eco']),
    traffic: { lastRequestAt: ago(31), wakeAskedAt: null },
    ...change,
  });
  const names = steps.map((step) => {
    if (step.do === 'sleep') return `sleep ${step.dynos.map((one) => one.name).join(' ')}`;
    return 'dyno' in step && 'name' in step.dyno ? `${step.do} ${step.dyno.name}` : step.do;
  });
  return { steps: names, wakeAt };
}

const web = dyno('web.1');
const worker = dyno('worker.1');
const running = { 'web.1': 'running', 'worker.1': 'running' } as const;
const idle = (one: Dyno, minutes: number): Dyno => ({ ...one, state: 'idle', updatedAt: ago(minutes) });
const asked = (minutes: number) => ({ traffic: { lastRequestAt: ago(60), wakeAskedAt: ago(minutes) } });

describe('an app without requests', () => {
  test('sleeps after half an hour on Eco, its worker with it', () => {
    expect(plan([web, worker], running).steps).toEqual(['sleep web.1 worker.1']);
  });

  test('is looked at again when the half hour since its last request is over', () => {
    const traffic = { lastRequestAt: ago(29), wakeAskedAt: null };
    expect(plan([web], running, { traffic })).toEqual({ steps: [], wakeAt: ago(-1) });
  });

  test('has half an hour from the moment that it is up', () => {
    expect(plan([{ ...web, updatedAt: ago(10) }], running)).toEqual({ steps: [], wakeAt: ago(-20) });
  });

  test('does not sleep on another size, unless it asks to; then its workers go on', () => {
    const basics = [dyno('web.1', { size: 'Basic' }), dyno('worker.1', { size: 'Basic' })];
    expect(plan(basics, running)).toEqual({ steps: [], wakeAt: null });
    const settings = readAppSettings({ JANGADA_SLEEP_AFTER: '5' });
    expect(plan(basics, running, { settings }).steps).toEqual(['sleep web.1']);
  });

  test('does not sleep on Eco when it says so', () => {
    const settings = readAppSettings({ JANGADA_SLEEP_AFTER: 'off' });
    expect(plan([web], running, { settings }).steps).toEqual([]);
  });

  test('does not sleep while a web dyno starts, crashes or goes', () => {
    for (const change of [
      { state: 'starting', port: null },
      { state: 'crashed' },
      { stopping: 'scaled' },
    ] as Partial<Dyno>[]) {
      const other = dyno('web.2', change);
      expect(plan([web, other], { ...running, 'web.2': 'running' }).steps).not.toContain('sleep web.1');
    }
  });

  test('never sleeps when it has only workers', () => {
    expect(plan([worker], running).steps).toEqual([]);
  });
});

describe('a dyno that sleeps', () => {
  test('is frozen, and stopped after twice the period', () => {
    expect(plan([idle(web, 0)], running).steps).toEqual(['freeze web.1']);
    expect(plan([idle(web, 59)], { 'web.1': 'paused' })).toEqual({ steps: [], wakeAt: ago(-1) });
    expect(plan([idle(web, 60)], { 'web.1': 'paused' }).steps).toEqual(['shelve web.1']);
    expect(plan([idle(web, 61)], {})).toEqual({ steps: [], wakeAt: null });
  });

  test('goes on when a request asks for it, whatever its depth, and its worker with it', () => {
    const dynos = [idle(web, 20), idle(worker, 20)];
    expect(plan(dynos, { 'web.1': 'paused' }, asked(1)).steps).toEqual(['thaw web.1', 'unidle worker.1']);
    expect(plan(dynos, running, asked(1)).steps).toEqual(['thaw web.1', 'thaw worker.1']);
    expect(plan(dynos, {}, asked(1)).steps).toEqual(['unidle web.1', 'unidle worker.1']);
  });

  test('does not go on for a request from before it slept, or when requests are counted anew', () => {
    expect(plan([idle(web, 20)], {}, asked(21)).steps).toEqual([]);
    const traffic = { lastRequestAt: now, wakeAskedAt: null };
    expect(plan([idle(web, 20)], {}, { traffic }).steps).toEqual([]);
  });

  test('takes a worker that started meanwhile along', () => {
    expect(plan([idle(web, 5), worker], { 'web.1': 'paused', 'worker.1': 'running' }).steps).toEqual([
      'sleep worker.1',
    ]);
  });

  test('goes on when its row is up although it is frozen, unless something is under way for it', () => {
    const traffic = { lastRequestAt: now, wakeAskedAt: null };
    const paused = { 'web.1': 'paused', 'worker.1': 'paused' } as const;
    expect(plan([web, worker], paused, { traffic }).steps).toEqual(['thaw web.1', 'thaw worker.1']);
    expect(plan([web], paused, { traffic, busy: new Set([web.id]) }).steps).toEqual([]);
    expect(plan([idle(web, 1)], paused, { traffic }).steps).toEqual([]);
  });

  test('goes on when the app has other web dynos that run, or none any more', () => {
    const added = dyno('web.2', { state: 'starting', startedAt: ago(0) });
    expect(plan([idle(web, 5), added], { 'web.1': 'paused', 'web.2': 'running' }).steps).toContain('thaw web.1');
    expect(plan([idle(worker, 5)], { 'worker.1': 'paused' }).steps).toEqual(['thaw worker.1']);
  });

  test('gives way to a new release at once', () => {
    const release = { id: 'r6', version: 6, processTypes: { web: 'serve' } };
    expect(plan([idle(web, 5)], { 'web.1': 'paused' }, { release }).steps).toEqual(['create', 'retire web.1']);
  });
});
