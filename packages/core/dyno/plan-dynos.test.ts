import { describe, expect, test } from 'vitest';
import { readAppSettings } from '../app/app-settings.ts';
import type { EngineDyno } from '../ports/engine.ts';
import { cycleAt } from './cycling.ts';
import type { Dyno } from './dyno.ts';
import { type PlanInput, planDynos, type Step } from './plan-dynos.ts';
import { sampleContainer, sampleDyno } from './testing/sample-dyno.ts';

const now = new Date('2026-01-01T12:00:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);

const dyno = (name: string, change: Partial<Dyno> = {}): Dyno => sampleDyno(name, ago(3600), change);

function plan(dynos: readonly Dyno[], containers: readonly EngineDyno[], change: Partial<PlanInput> = {}) {
  return planDynos({
    now,
    settings: readAppSettings({}),
    release: { id: 'r5', version: 5, processTypes: { web: 'serve', worker: 'work', release: 'migrate' } },
    formation: [{ type: 'web', quantity: 1, size: 'Basic' }],
    dynos,
    containers: new Map(containers.map((one) => [one.dynoId, one])),
    busy: new Set(),
    sleepySizes: new Set(),
    traffic: { lastRequestAt: ago(0), wakeAskedAt: null },
    ...change,
  });
}

const brief = (steps: readonly Step[]): string[] =>
  steps.map((step) => {
    if (step.do === 'sleep') return 'sleep';
    if (step.do === 'create') return `create ${step.dyno.type}.${step.dyno.number} v${step.dyno.version}`;
    if (step.do === 'remove') return `remove ${step.container.dynoId}`;
    const reason = step.do === 'retire' ? ` ${step.reason}` : '';
    return `${step.do} ${step.dyno.name} v${step.dyno.version}${reason}`;
  });

test('nothing to do when every dyno is there and up', () => {
  const web = dyno('web.1');
  expect(plan([web], [sampleContainer(web)])).toEqual({ steps: [], wakeAt: cycleAt(web) });
});

test('missing dynos of the formation are created, in order, and the release type never', () => {
  const formation = [
    { type: 'web', quantity: 2, size: 'Basic' },
    { type: 'release', quantity: 1, size: 'Basic' },
    { type: 'worker', quantity: 1, size: 'Basic' },
  ];
  expect(brief(plan([], [], { formation }).steps)).toEqual([
    'create web.1 v5',
    'create web.2 v5',
    'create worker.1 v5',
  ]);
});

test('nothing runs before the first deploy', () => {
  expect(plan([], [], { release: null }).steps).toEqual([]);
});

test('an old web dyno serves until its successor is up', () => {
  const old = dyno('web.1', { version: 4 });
  expect(brief(plan([old], [sampleContainer(old)]).steps)).toEqual(['create web.1 v5']);
  const next = dyno('web.1', { state: 'starting', startedAt: ago(5) });
  expect(plan([old, next], [sampleContainer(old), sampleContainer(next, { listening: false })]).steps).toEqual([]);
  const up = dyno('web.1');
  expect(brief(plan([old, up], [sampleContainer(old), sampleContainer(up)]).steps)).toEqual([
    'retire web.1 v4 replaced',
  ]);
});

test('an old web dyno goes on serving when its successor crashes', () => {
  const old = dyno('web.1', { version: 4 });
  const crashed = dyno('web.1', { state: 'crashed', restartAt: new Date(now.getTime() + 60_000) });
  expect(plan([old, crashed], [sampleContainer(old)])).toEqual({ steps: [], wakeAt: crashed.restartAt });
});

test('an intermediate release that never came up is dropped at once', () => {
  const serving = dyno('web.1', { version: 3 });
  const booting = dyno('web.1', { version: 4, state: 'starting', startedAt: ago(1) });
  const steps = plan(
    [serving, booting],
    [sampleContainer(serving), sampleContainer(booting, { listening: false })],
  ).steps;
  expect(brief(steps)).toEqual(['create web.1 v5', 'retire web.1 v4 replaced']);
});

test('a worker of an old release is replaced at once', () => {
  const old = dyno('worker.1', { version: 4 });
  const formation = [{ type: 'worker', quantity: 1, size: 'Basic' }];
  expect(brief(plan([old], [sampleContainer(old)], { formation }).steps)).toEqual([
    'create worker.1 v5',
    'retire worker.1 v4 replaced',
  ]);
});

test('scaling down retires the highest numbers, and a type that the release dropped goes', () => {
  const dynos = [dyno('web.1'), dyno('web.2'), dyno('clock.1')];
  expect(
    brief(
      plan(
        dynos,
        dynos.map((one) => sampleContainer(one)),
      ).steps,
    ),
  ).toEqual(['retire web.2 v5 scaled', 'retire clock.1 v5 scaled']);
});

test('another size replaces the dyno', () => {
  const web = dyno('web.1');
  const formation = [{ type: 'web', quantity: 1, size: 'Standard-2X' }];
  expect(brief(plan([web], [sampleContainer(web)], { formation }).steps)).toEqual(['create web.1 v5']);
});

test('a restarted web dyno waits for its successor, a restarted worker does not', () => {
  const web = dyno('web.1', { stopping: 'restart' });
  const worker = dyno('worker.1', { stopping: 'restart' });
  const formation = [
    { type: 'web', quantity: 1, size: 'Basic' },
    { type: 'worker', quantity: 1, size: 'Basic' },
  ];
  expect(brief(plan([web, worker], [sampleContainer(web), sampleContainer(worker)], { formation }).steps)).toEqual([
    'stop worker.1 v5',
    'create web.1 v5',
    'create worker.1 v5',
  ]);
});

test('a web dyno that waits for a successor which is no longer wanted goes', () => {
  const web = dyno('web.1', { stopping: 'restart' });
  const formation = [{ type: 'web', quantity: 0, size: 'Basic' }];
  expect(brief(plan([web], [sampleContainer(web)], { formation }).steps)).toEqual(['retire web.1 v5 scaled']);
});

test('a starting web dyno is up when it listens, and a boot time-out crashes it', () => {
  const web = dyno('web.1', { state: 'starting', startedAt: ago(59) });
  expect(plan([web], [sampleContainer(web, { listening: false })])).toEqual({
    steps: [],
    wakeAt: new Date(now.getTime() + 1000),
  });
  expect(brief(plan([web], [sampleContainer(web)]).steps)).toEqual(['up web.1 v5']);
  const late = { ...web, startedAt: ago(60) };
  expect(plan([late], [sampleContainer(late, { listening: false })]).steps).toMatchObject([
    { do: 'crash', cause: 'boot-timeout' },
  ]);
});

test('any exit of a formation dyno is a crash, status 0 included', () => {
  const web = dyno('web.1');
  expect(plan([web], [sampleContainer(web, { state: 'exited', exitCode: 0 })]).steps).toMatchObject([
    { do: 'crash', exitCode: 0, cause: 'exit' },
  ]);
});

test('a dyno whose container vanished starts again, and that does not count as a crash', () => {
  expect(brief(plan([dyno('web.1')], []).steps)).toEqual(['revive web.1 v5']);
});

test('a dyno that was lost with its machine starts again, and that does not count as a crash', () => {
  const web = dyno('web.1');
  const lost = sampleContainer(web, { state: 'exited', exitCode: null });
  expect(brief(plan([web], [lost]).steps)).toEqual(['revive web.1 v5']);
});

test('a crashed dyno is revived when its cool-off is over', () => {
  const crashed = dyno('web.1', { state: 'crashed', restartAt: ago(0) });
  expect(brief(plan([crashed], []).steps)).toEqual(['revive web.1 v5']);
});

test('a one-off whose start was interrupted is started; one that has run never is again', () => {
  const starting = dyno('run.1234', { state: 'starting' });
  const steps = (one: Dyno, containers: readonly EngineDyno[], busy: readonly string[] = []): string[] =>
    brief(plan([one], containers, { formation: [], busy: new Set(busy) }).steps);
  expect(steps(starting, [])).toEqual(['start run.1234 v5']);
  expect(steps(starting, [], [starting.id])).toEqual([]);
  const over = ['retire run.1234 v5 finished'];
  expect(steps(starting, [sampleContainer(starting, { state: 'exited', exitCode: 0 })])).toEqual(over);
  expect(steps(starting, [sampleContainer(starting, { state: 'exited', exitCode: null })])).toEqual(over);
  expect(steps({ ...starting, state: 'up' }, [])).toEqual(over);
  expect(steps({ ...starting, attached: true }, [])).toEqual(over);
  expect(steps({ ...starting, stopping: 'stopped' }, [])).toEqual(['stop run.1234 v5']);
});

test('a one-off that could not be started is finished, not revived', () => {
  const crashed = dyno('run.1234', { state: 'crashed', restartAt: ago(0) });
  expect(brief(plan([crashed], [], { formation: [] }).steps)).toEqual(['retire run.1234 v5 finished']);
});

test('a one-off that ended is finished, not restarted, and an attached one is not started here', () => {
  const run = dyno('run.1234');
  const attached = dyno('run.7777', { state: 'created', attached: true });
  const formation: never[] = [];
  expect(
    brief(plan([run, attached], [sampleContainer(run, { state: 'exited', exitCode: 3 })], { formation }).steps),
  ).toEqual(['retire run.1234 v5 finished']);
});

test('a one-off may have the type of a formation, whose dynos it is none of', () => {
  const web = dyno('web.1');
  const [running, over] = [dyno('worker.3465'), dyno('worker.3466')];
  const containers = [web, running].map((one) => sampleContainer(one));
  const exited = sampleContainer(over, { state: 'exited', exitCode: 0 });
  expect(brief(plan([web, running, over], [...containers, exited]).steps)).toEqual(['retire worker.3466 v5 finished']);
});

test.each(['run', 'scheduler', 'rake', 'console'])(
  'a Procfile may have a type %s, whose dynos are like others',
  (type) => {
    const formation = [{ type, quantity: 1, size: 'Basic' }];
    const release = { id: 'r5', version: 5, processTypes: { [type]: 'work' } };
    expect(brief(plan([], [], { formation, release }).steps)).toEqual([`create ${type}.1 v5`]);
    const up = dyno(`${type}.1`);
    expect(plan([up], [sampleContainer(up)], { formation, release }).steps).toEqual([]);
    expect(
      brief(plan([up], [sampleContainer(up, { state: 'exited', exitCode: 0 })], { formation, release }).steps),
    ).toEqual([`crash ${type}.1 v5`]);
  },
);

test('a container without a row is removed, except a build', () => {
  const ghost = sampleContainer(dyno('web.9'));
  const build = sampleContainer(dyno('build.1'));
  expect(brief(plan([], [ghost, build], { formation: [] }).steps)).toEqual(['remove web.9-v5']);
});

test('dynos with a start or stop under way are left alone', () => {
  const web = dyno('web.1', { state: 'created' });
  expect(plan([web], [], { busy: new Set([web.id]) }).steps).toEqual([]);
});

test('the boot time-out is the one that the app asks for', () => {
  const web = dyno('web.1', { state: 'starting', startedAt: ago(100) });
  const settings = readAppSettings({ JANGADA_BOOT_TIMEOUT: '120' });
  expect(plan([web], [sampleContainer(web, { listening: false })], { settings })).toEqual({
    steps: [],
    wakeAt: new Date(now.getTime() + 20_000),
  });
});

describe('a dyno that has run for its day', () => {
  const formation = [
    { type: 'web', quantity: 1, size: 'Basic' },
    { type: 'worker', quantity: 1, size: 'Basic' },
  ];
  const old = ago(24 * 3600 + 216 * 60);
  const web = dyno('web.1', { startedAt: old });
  const worker = dyno('worker.1', { startedAt: old });
  const run = dyno('run.1234', { startedAt: old });
  const dynos = [web, worker, run];
  const containers = dynos.map((one) => sampleContainer(one));

  test('is cycled, one-offs too', () => {
    expect(brief(plan(dynos, containers, { formation }).steps)).toEqual([
      'cycle web.1 v5',
      'cycle worker.1 v5',
      'cycle run.1234 v5',
    ]);
  });

  test('is left alone when the app switched that off', () => {
    const settings = readAppSettings({ JANGADA_DAILY_RESTART: 'off' });
    expect(plan(dynos, containers, { formation, settings })).toEqual({ steps: [], wakeAt: null });
  });

  test('is cycled once, not while it waits for its successor', () => {
    const waiting = { ...web, stopping: 'restart' as const };
    expect(brief(plan([waiting], [sampleContainer(waiting)]).steps)).toEqual(['create web.1 v5']);
  });

  test('is not cycled before', () => {
    const young = dyno('web.1', { startedAt: ago(24 * 3600 - 1) });
    expect(plan([young], [sampleContainer(young)]).steps).toEqual([]);
  });
});

test('a one-off that was given a shorter life is ended after it, whatever the app says of its day', () => {
  const settings = readAppSettings({ JANGADA_DAILY_RESTART: 'off' });
  const run = dyno('run.1234', { startedAt: ago(60), timeToLive: 60 });
  const young = dyno('run.1235', { startedAt: ago(59), timeToLive: 60 });
  const { steps, wakeAt } = plan(
    [run, young],
    [run, young].map((one) => sampleContainer(one)),
    { formation: [], settings },
  );
  expect(brief(steps)).toEqual(['cycle run.1234 v5']);
  expect(wakeAt).toEqual(new Date(now.getTime() + 1_000));
});

describe('with a health check', () => {
  const settings = readAppSettings({ JANGADA_HEALTH_CHECK_PATH: '/healthz' });
  const web = dyno('web.1', { state: 'starting', startedAt: ago(59) });

  test('a web dyno that listens is asked before it is up', () => {
    expect(plan([web], [sampleContainer(web)], { settings })).toMatchObject({
      steps: [{ do: 'check', path: '/healthz' }],
      wakeAt: new Date(now.getTime() + 1000),
    });
    expect(plan([web], [sampleContainer(web, { listening: false })], { settings }).steps).toEqual([]);
  });

  test('a web dyno that never answers well crashes at the boot time-out, and so does one that never listens', () => {
    const late = { ...web, startedAt: ago(60) };
    expect(plan([late], [sampleContainer(late)], { settings }).steps).toMatchObject([{ cause: 'health-check' }]);
    const deaf = sampleContainer(late, { listening: false });
    expect(plan([late], [deaf], { settings }).steps).toMatchObject([{ cause: 'boot-timeout' }]);
  });

  test('a worker is up when it runs', () => {
    const worker = dyno('worker.1', { state: 'starting' });
    const formation = [{ type: 'worker', quantity: 1, size: 'Basic' }];
    expect(brief(plan([worker], [sampleContainer(worker)], { settings, formation }).steps)).toEqual(['up worker.1 v5']);
  });
});
