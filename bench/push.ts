import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Installation } from '../e2e/harness/installation.ts';
import { runOk } from '../e2e/harness/run.ts';
import { type Files, sampleApp, type WorkingCopy, workingCopy } from '../e2e/harness/sample-app.ts';
import { floorContainer } from './floor-container.ts';
import { differenceRow, inTurn, type Row, timed } from './measure.ts';

const RUNS = 5;
const SERVED_WITHIN_MS = 60_000;
const EXAMPLES = join(import.meta.dirname, '..', 'examples');

/** `git push` of an app without dependencies, until the first answer of the new version through the router. */
export async function pushWithoutDependencies(platform: Installation): Promise<Row> {
  return pushRow(platform, {
    name: 'git push to first 200, no dependencies',
    most: 2_000,
    files: (run) => sampleApp(`v${run}`),
    extraFloor: async () => 0,
  });
}

/** The same for an app with npm dependencies; the floor has an `npm ci` with a warm cache besides. */
export async function pushWithDependencies(platform: Installation): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-bench-'));
  await cp(join(EXAMPLES, 'node-notes'), folder, { recursive: true });
  const extraFloor = (): Promise<number> => timed(() => runOk('npm', ['ci', '--prefer-offline'], { cwd: folder }));
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const manifest = JSON.stringify({
    ...(JSON.parse(await read('package.json')) as object),
    type: 'commonjs',
    scripts: {},
  });
  const lock = await read('package-lock.json');
  try {
    return await pushRow(platform, {
      name: 'git push to first 200, with dependencies',
      most: 2_500,
      files: (run) => ({ ...sampleApp(`v${run}`), 'package.json': manifest, 'package-lock.json': lock }),
      extraFloor,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface PushCase {
  readonly name: string;
  readonly most: number;
  readonly files: (run: number) => Files;
  readonly extraFloor: () => Promise<number>;
}

/** Pushes and floors in turn; each push has the files of its run. */
export async function pushRow(platform: Installation, { name, most, files, extraFloor }: PushCase): Promise<Row> {
  const app = `bench-${Date.now().toString(36)}`;
  const copy = await workingCopy(platform, files(0));
  const bare = await mkdtemp(join(tmpdir(), 'jangada-bare-'));
  try {
    await runOk('heroku', ['apps:create', app], { cwd: copy.folder, env: platform.person });
    await runOk('git', ['init', '-q', '--bare', bare]);
    await copy.git(['remote', 'add', 'bare', bare]);
    let version = 0;
    const { a, b } = await inTurn(
      RUNS,
      async () => {
        version += 1;
        await copy.commit(files(version));
        return timed(() => pushUntilServed(platform, copy, app, `v${version}`));
      },
      async () => {
        const push = await timed(() => copy.git(['push', '-q', 'bare', 'main']));
        return push + (await extraFloor()) + (await floorContainer(copy.folder));
      },
    );
    return differenceRow(name, a, b, most);
  } finally {
    await platform.heroku(['apps:destroy', '-a', app, '--confirm', app]);
    await copy.remove();
    await rm(bare, { recursive: true, force: true });
  }
}

/** Pushes, and asks the app until it answers as this version of the sample app. */
export async function pushUntilServed(
  platform: Installation,
  copy: WorkingCopy,
  app: string,
  version: string,
): Promise<void> {
  const push = await copy.push();
  if (push.status !== 0) throw new Error(`The push failed:\n${push.output}`);
  const deadline = Date.now() + SERVED_WITHIN_MS;
  for (;;) {
    if (Date.now() > deadline)
      throw new Error(`${app} did not answer as ${version} within ${SERVED_WITHIN_MS / 1000} s.`);
    const response = await platform.fetchApp(app);
    if (response.status === 200 && ((await response.json()) as { version: string }).version === version) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
