import { cgroupOf, freezerState } from '@jangada/engine-docker';
import type { Installation } from '../e2e/harness/installation.ts';
import { runOk } from '../e2e/harness/run.ts';
import { sampleApp, workingCopy } from '../e2e/harness/sample-app.ts';
import { floorContainer } from './floor-container.ts';
import { inTurn, type Row, ratioRow, timed } from './measure.ts';

const FROZEN_RUNS = 20;
const STOPPED_RUNS = 7;
/** Milliseconds after its container is gone in which the platform clears away what was left of a stopped dyno. */
const CLEARED_MS = 250;
/** Minutes: frozen 1.2 seconds after the last request, stopped after twice as long again. */
const SLEEP_AFTER = '0.02';

/** From the first request to a sleeping app to its answer: frozen in memory, and stopped. */
export async function wakes(platform: Installation): Promise<readonly Row[]> {
  const app = `bench-${Date.now().toString(36)}`;
  const copy = await workingCopy(platform, sampleApp('wake'));
  try {
    await runOk('heroku', ['apps:create', app], { cwd: copy.folder, env: platform.person });
    await platform.api('PATCH', `/apps/${app}/config-vars`, { JANGADA_SLEEP_AFTER: SLEEP_AFTER });
    const push = await copy.push();
    if (push.status !== 0) throw new Error(push.output);
    const answered = (): Promise<number> => timed(() => answer(platform, app));
    const thaws: { readonly wake: number; readonly warm: number }[] = [];
    for (let run = 0; run <= FROZEN_RUNS; run++) {
      await answered();
      await until(app, 'be frozen', frozen);
      const wake = await answered();
      if (run > 0) thaws.push({ wake, warm: await answered() });
    }
    const { a, b } = await inTurn(
      STOPPED_RUNS,
      async () => {
        await answered();
        await until(app, 'be stopped', async () => (await containersOf(app)).length === 0);
        await new Promise((resolve) => setTimeout(resolve, CLEARED_MS));
        return answered();
      },
      () => floorContainer(copy.folder),
    );
    return [frozenRow(thaws), ratioRow('wake of a stopped dyno until its answer', a, b, 1.3)];
  } finally {
    await platform.heroku(['apps:destroy', '-a', app, '--confirm', app]);
    await copy.remove();
  }
}

/** Milliseconds that each wake took more than the app's answer right after it; the worst but one of twenty. */
function frozenRow(thaws: readonly { readonly wake: number; readonly warm: number }[]): Row {
  const more = thaws.map(({ wake, warm }) => wake - warm).sort((a, b) => a - b);
  const at = (share: number): number => more[Math.ceil(more.length * share) - 1]!;
  const [p50, p95] = [at(0.5), at(0.95)];
  return {
    name: 'wake of a frozen dyno, over the app’s own answer (p95)',
    measured: `${p95.toFixed(0)} ms, p50 ${p50.toFixed(0)} ms`,
    floor: '',
    relation: '',
    target: 'at most 60 ms',
    met: p95 <= 60,
  };
}

async function answer(platform: Installation, app: string): Promise<void> {
  const response = await platform.fetchApp(app);
  if (response.status !== 200) throw new Error(`${app} answered ${response.status} when it should wake.`);
  await response.text();
}

/** Looks every 50 ms. */
async function until(app: string, what: string, holds: (app: string) => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if (await holds(app)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${app} did not come to ${what} within a minute.`);
}

async function containersOf(app: string): Promise<readonly string[]> {
  const { stdout } = await runOk('docker', ['ps', '-aq', '--filter', `label=jangada.app-name=${app}`]);
  return stdout.split('\n').filter(Boolean);
}

async function frozen(app: string): Promise<boolean> {
  const [container] = await containersOf(app);
  if (container === undefined) return false;
  const { stdout } = await runOk('docker', ['inspect', '--format', '{{.State.Pid}}', container]);
  const cgroup = await cgroupOf(Number(stdout));
  return cgroup !== null && (await freezerState(cgroup)) === 'frozen';
}
