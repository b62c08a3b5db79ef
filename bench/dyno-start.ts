import type { Installation } from '../e2e/harness/installation.ts';
import { runOk } from '../e2e/harness/run.ts';
import { sampleApp, workingCopy } from '../e2e/harness/sample-app.ts';
import { floorContainer } from './floor-container.ts';
import { inTurn, type Row, ratioRow } from './measure.ts';

/** From the decision (the API's answer to a scale) to a bound port, against `docker run` of the same command. */
export async function dynoStart(platform: Installation): Promise<Row> {
  const app = `bench-${Date.now().toString(36)}`;
  const copy = await workingCopy(platform, sampleApp('start'));
  try {
    await runOk('heroku', ['apps:create', app], { cwd: copy.folder, env: platform.person });
    const push = await copy.push();
    if (push.status !== 0) throw new Error(push.output);
    await scaled(platform, app, 1);
    const { a, b } = await inTurn(
      7,
      async () => {
        const decided = await scaled(platform, app, 2);
        await scaled(platform, app, 1);
        return decided;
      },
      () => floorContainer(copy.folder),
    );
    return ratioRow('start of one dyno, decision to bound port', a, b, 1.3);
  } finally {
    await platform.heroku(['apps:destroy', '-a', app, '--confirm', app]);
    await copy.remove();
  }
}

interface DynoView {
  readonly name: string;
  readonly state: string;
}

/** Asks for `quantity` web dynos and waits until they are what there is. Milliseconds. */
async function scaled(platform: Installation, app: string, quantity: number): Promise<number> {
  const start = performance.now();
  await platform.api('PATCH', `/apps/${app}/formation`, { updates: [{ type: 'web', quantity }] });
  for (;;) {
    if (performance.now() - start > 60_000)
      throw new Error(`${app} did not reach ${quantity} web dynos within a minute.`);
    const dynos = (await (await platform.api('GET', `/apps/${app}/dynos`)).json()) as DynoView[];
    const web = dynos.filter((dyno) => dyno.name.startsWith('web.'));
    if (web.length === quantity && web.every((dyno) => dyno.state === 'up')) return performance.now() - start;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
