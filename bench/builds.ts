import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeLayout } from '@jangada/core';
import type { Installation } from '../e2e/harness/installation.ts';
import { runOk } from '../e2e/harness/run.ts';
import { type Files, sampleApp, type WorkingCopy, workingCopy } from '../e2e/harness/sample-app.ts';
import { floorContainer } from './floor-container.ts';
import { boundRow, differenceRow, inTurn, median, type Row, seconds, timed } from './measure.ts';
import { pushRow, pushUntilServed } from './push.ts';

/** Some 300 packages of the npm registry; the versions are those of the day. */
const MANY = { express: '5', jest: '29' };
/** Some 200 MB of code in few packages. */
const LARGE = { 'aws-sdk': '2', googleapis: '130' };
const FIRST_PUSHES = 2;
const BUILDS_AT_ONCE = 4;
const LOAD_SECONDS = 8;

/** What builds cost: an app of 300 packages, one of 200 MB, and what builds do to the apps beside them. */
export async function buildRows(platform: Installation): Promise<readonly Row[]> {
  const many = await lockedApp(MANY);
  return [
    await firstPush(platform, many),
    await secondPush(platform, many),
    await unchangedPush(platform),
    ...(await largeSlug(platform, await lockedApp(LARGE))),
    await buildsBesideApps(platform, many),
  ];
}

interface LockedApp {
  readonly files: Files;
  readonly packages: number;
}

/** A web app with these dependencies and a lockfile made now. */
async function lockedApp(dependencies: Readonly<Record<string, string>>): Promise<LockedApp> {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-bench-'));
  const manifest = JSON.stringify({ name: 'bench', version: '1.0.0', private: true, dependencies });
  try {
    await writeFile(join(folder, 'package.json'), manifest);
    await runOk('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
    });
    const lock = await readFile(join(folder, 'package-lock.json'), 'utf8');
    const packages = Object.keys((JSON.parse(lock) as { readonly packages: object }).packages).length - 1;
    return { files: { 'package.json': manifest, 'package-lock.json': lock }, packages };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An app on the platform with a working copy of it; both go at the end. */
async function withApp<Result>(
  platform: Installation,
  files: Files,
  work: (copy: WorkingCopy, app: string) => Promise<Result>,
): Promise<Result> {
  const app = `bench-${Math.random().toString(36).slice(2, 10)}`;
  const copy = await workingCopy(platform, files);
  try {
    await runOk('heroku', ['apps:create', app], { cwd: copy.folder, env: platform.person });
    return await work(copy, app);
  } finally {
    await platform.heroku(['apps:destroy', '-a', app, '--confirm', app]);
    await copy.remove();
  }
}

/** Of a new app, with nothing cached, to the first answer; the floor is `npm ci` with an empty cache. */
async function firstPush(platform: Installation, { files, packages }: LockedApp): Promise<Row> {
  const { a, b } = await inTurn(
    FIRST_PUSHES,
    () =>
      withApp(platform, { ...sampleApp('first'), ...files }, (copy, app) =>
        timed(() => pushUntilServed(platform, copy, app, 'first')),
      ),
    () => installAlone(files),
  );
  const most = 1.25 * b + 2_000;
  return {
    name: `first git push of ${packages} packages to first 200, against bare npm ci`,
    measured: seconds(a),
    floor: seconds(b),
    relation: `${(a / b).toFixed(2)} ×`,
    target: `at most 1.25 × and 2 s: ${seconds(most)}`,
    met: a <= most,
  };
}

/** Milliseconds of `npm ci` with an empty cache. */
async function installAlone(files: Files): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-bench-'));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const cache = join(folder, '.cache');
    return await timed(() => runOk('npm', ['ci', '--no-audit', '--no-fund', '--cache', cache], { cwd: folder }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** With one changed file; the floor copies the source, runs `npm ci` with a warm cache and starts a container. */
async function secondPush(platform: Installation, { files, packages }: LockedApp): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-bench-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  try {
    return await pushRow(platform, {
      name: `git push of one changed file, ${packages} packages, to first 200`,
      most: 1_500,
      files: (run) => ({ ...sampleApp(`v${run}`), ...files }),
      extraFloor: () =>
        timed(async () => {
          await cp(join(folder, 'package.json'), join(folder, 'copy.json'));
          await runOk('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder });
        }),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The commit that runs, pushed once more under the other name of the deploy branch. */
async function unchangedPush(platform: Installation): Promise<Row> {
  return withApp(platform, sampleApp('same'), async (copy, app) => {
    await pushUntilServed(platform, copy, app, 'same');
    const times: number[] = [];
    for (let run = 0; run < 5; run++) {
      const target = run % 2 === 0 ? 'master' : 'main';
      times.push(await timed(() => copy.push('heroku', `HEAD:${target}`)));
    }
    return boundRow('git push of the commit that runs', median(times), 1_000, seconds);
  });
}

/** How long 200 MB take to pack, and what the packed slug adds to the start of a container beside a plain folder. */
async function largeSlug(platform: Installation, { files }: LockedApp): Promise<readonly Row[]> {
  return withApp(platform, { ...sampleApp('large'), ...files }, async (copy, app) => {
    await pushUntilServed(platform, copy, app, 'large');
    const packing: number[] = [];
    for (let run = 1; run <= 3; run++) {
      await copy.commit({ 'changed.txt': String(run) });
      await copy.push();
      const builds = (await (await platform.api('GET', `/apps/${app}/builds`)).json()) as readonly BuildView[];
      packing.push(...builds.slice(-1).map(({ phases }) => 1_000 * (phases.find(isPacking)?.seconds ?? Number.NaN)));
    }
    const slug = await newestSlug(platform);
    const { a, b } = await inTurn(
      7,
      () => floorContainer(copy.folder, slug),
      () => floorContainer(copy.folder),
    );
    return [
      boundRow('packing a slug of 200 MB', median(packing), 600, seconds),
      differenceRow('start of a container with that slug mounted, against a plain folder', a, b, 100),
    ];
  });
}

/** The file that was packed last. */
async function newestSlug({ home }: Installation): Promise<string> {
  const folder = homeLayout(home).blobs;
  const entries = await readdir(folder, { withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ name }) => ({ path: join(folder, name), at: (await stat(join(folder, name))).mtimeMs })),
  );
  const newest = files.sort((one, other) => other.at - one.at)[0];
  if (!newest) throw new Error('There is no slug.');
  return newest.path;
}

interface BuildView {
  readonly created_at: string;
  readonly phases: readonly { readonly name: string; readonly seconds: number }[];
}

const isPacking = ({ name }: { readonly name: string }): boolean => name === 'compress';

/** p99 of an app's answers through the router while four other apps are built, against the same without builds. */
async function buildsBesideApps(platform: Installation, { files, packages }: LockedApp): Promise<Row> {
  return withApp(platform, sampleApp('beside'), async (copy, app) => {
    await pushUntilServed(platform, copy, app, 'beside');
    await p99(platform, app, 2);
    const alone = await p99(platform, app, LOAD_SECONDS);
    const begun = Promise.withResolvers<void>();
    const built = Array.from({ length: BUILDS_AT_ONCE }, (_, index) => {
      const ready = Promise.withResolvers<void>();
      const done = withApp(platform, { ...sampleApp(`built-${index}`), ...files }, async (each) => {
        ready.resolve();
        await begun.promise;
        await each.push();
      });
      return { ready: ready.promise, done };
    });
    await Promise.all(built.map(({ ready }) => ready));
    begun.resolve();
    const beside = await p99(platform, app, LOAD_SECONDS);
    await Promise.all(built.map(({ done }) => done));
    const milliseconds = (value: number): string => `${value.toFixed(1)} ms`;
    return {
      name: `p99 of an app during ${BUILDS_AT_ONCE} builds of ${packages} packages at once`,
      measured: milliseconds(beside),
      floor: milliseconds(alone),
      relation: `${(beside / alone).toFixed(2)} ×`,
      target: 'at most 2.00 ×',
      met: beside <= 2 * alone,
    };
  });
}

/** Asks 100 times a second, whatever the answers take. */
async function p99(platform: Installation, app: string, duration: number): Promise<number> {
  const times: number[] = [];
  const pending: Promise<void>[] = [];
  const end = performance.now() + duration * 1_000;
  while (performance.now() < end) {
    pending.push(timed(() => platform.fetchApp(app)).then((time) => void times.push(time)));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await Promise.all(pending);
  times.sort((one, other) => one - other);
  return times[Math.floor(times.length * 0.99)] ?? Number.NaN;
}
