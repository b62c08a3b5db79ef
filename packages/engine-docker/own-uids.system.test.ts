import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readAll, readLines, sampleSpec } from '@jangada/conformance';
import type { DynoSpec } from '@jangada/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDynoUsers } from './dyno-users.ts';
import { createDockerEngine, probeOwnUids } from './index.ts';
import {
  makeSlug,
  openTestInstallation,
  sharedUserReason,
  TEST_IMAGE,
  type TestInstallation,
} from './test-installation.ts';

const run = promisify(execFile);

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openTestInstallation();
});
afterAll(() => installation.close());

/** Skipped on kernels that cannot mount a slug as another user's: before Linux 6.2. */
const ownTest = test.skipIf(sharedUserReason !== null);

const forever = (change: Partial<DynoSpec> = {}): DynoSpec =>
  sampleSpec(TEST_IMAGE, { command: ['sleep', '3600'], ...change });

async function inDyno(dynoId: string, script: string, { engine } = installation): Promise<string> {
  const { stream } = await engine.exec(dynoId, ['bash', '-c', script], null);
  return (await readAll(stream)).trim();
}

/** A process of the dyno as the machine sees it. */
async function pidOf(dynoId: string, { options } = installation): Promise<number> {
  const container = `jangada-${options.installId}-${dynoId}`;
  const { stdout } = await run('docker', ['inspect', '--format', '{{.State.Pid}}', container]);
  const [child] = (await readFile(`/proc/${stdout.trim()}/task/${stdout.trim()}/children`, 'utf8')).split(' ');
  return Number(child);
}

/** What a process of user `uid` that stands on the machine itself, outside of any container, gets out of a script. */
async function onMachine(uid: number, script: string): Promise<string> {
  const user = ['--reuid', String(uid), '--regid', String(uid), '--clear-groups', '--no-new-privs'];
  return (await run('setpriv', [...user, '--inh-caps=-all', 'bash', '-c', `{ ${script}; true; } 2>&1`])).stdout.trim();
}

ownTest('each dyno of a slug has a user of its own, to whom /app belongs, and the slug stays as it was', async () => {
  const { engine, options } = installation;
  const slug = await makeSlug(installation, { 'server.js': 'original\n' });
  const before = await readFile(options.slugFile(slug));
  const dynos = [forever({ slug }), forever({ slug }), forever({ slug })];
  for (const dyno of dynos) await engine.start(dyno);
  const users = await Promise.all(
    dynos.map(({ dynoId }) =>
      inDyno(
        dynoId,
        'stat -c %u /app /app/server.js /tmp; echo more >> /app/server.js; stat -c %u /app/server.js; id -u',
      ),
    ),
  );
  expect(new Set(users).size).toBe(3);
  for (const user of users) expect(new Set(user.split('\n')).size).toBe(1);
  expect((await stat(join(options.home.mounts, slug.slice('sha256:'.length), 'server.js'))).uid).toBe(1000);
  expect(before.equals(await readFile(options.slugFile(slug)))).toBe(true);
  for (const { dynoId } of dynos) await engine.stop(dynoId, 0);
});

ownTest('a dyno finds its user under the name that Heroku gives it, beside the accounts of its image', async () => {
  const { engine } = installation;
  const dyno = forever();
  await engine.start(dyno);
  const lines = await inDyno(
    dyno.dynoId,
    'id -u; id -un; id -gn; getent passwd $(id -u); id -u www-data; (echo >> /etc/passwd) 2>&1',
  );
  const [uid, name, group, entry, webUser] = lines.split('\n');
  expect([name, group, entry]).toEqual([`u${uid}`, 'dyno', `u${uid}:x:${uid}:${uid}::/app:/bin/bash`]);
  expect(webUser).toBe('33');
  expect(lines).toContain('/etc/passwd: ');
  await engine.stop(dyno.dynoId, 0);
});

ownTest(
  'who breaks out of one dyno can neither signal nor read another, which dynos that share a user can',
  async () => {
    const script = (pid: number, folder: string): string =>
      `kill -0 ${pid} && echo signalled; tr '\\0' ' ' < /proc/${pid}/environ && echo; cat ${folder}/disk/tmp/private`;
    const shared = await openTestInstallation({ dynoUids: null });
    for (const [world, expected] of [
      [installation, ['Operation not permitted', 'Permission denied', 'Permission denied']],
      [shared, ['signalled', 'SECRET=hush', 'Permission denied']],
    ] as const) {
      // The folder of tests is nobody else's; installations' are not.
      await chmod(world.slugs, 0o711);
      const [one, other] = [forever(), forever({ env: { SECRET: 'hush' } })];
      for (const dyno of [one, other]) await world.engine.start(dyno);
      await inDyno(other.dynoId, 'umask 77; echo mine > /tmp/private', world);
      const uid = Number(await inDyno(one.dynoId, 'id -u', world));
      const folder = join(world.options.home.dynos, other.dynoId);
      const found = await onMachine(uid, script(await pidOf(other.dynoId, world), folder));
      expect(found.split('\n')).toEqual(expected.map((words) => expect.stringContaining(words)));
      for (const { dynoId } of [one, other]) await world.engine.stop(dynoId, 0);
    }
    await shared.close();
  },
);

ownTest('a dyno that takes all inotify instances of its user leaves other dynos theirs', async () => {
  const { engine } = installation;
  // inotify_init1 on x86-64. What is opened stays open until the dyno ends.
  const take = (most: number): string =>
    `$| = 1; my $n = 0; while ($n < ${most} && syscall(294, 0) >= 0) { $n++ } print "$n\\n"; sleep 60`;
  const hog = forever({ command: ['perl', '-e', take(9_000)] });
  const other = forever({ command: ['perl', '-e', take(2)] });
  await engine.start(hog);
  const limit = Number(await readFile('/proc/sys/fs/inotify/max_user_instances', 'utf8'));
  expect(await readLines(engine, hog.appId, 1)).toEqual([String(Math.min(limit, 9_000))]);
  await engine.start(other);
  expect(await readLines(engine, other.appId, 1)).toEqual(['2']);
  for (const { dynoId } of [hog, other]) await engine.stop(dynoId, 0);
});

ownTest('an app’s own image keeps its accounts, and has one more', async () => {
  const { engine } = installation;
  const dyno = forever({
    root: 'image',
    command: ['sh', '-c', 'id -un; id -gn; id -u www-data; stat -c %U /tmp; sleep 60'],
  });
  await engine.start(dyno);
  const [name, group, webUser, owner] = await readLines(engine, dyno.appId, 4);
  expect(name).toMatch(/^u[12]\d{6}$/);
  expect([group, webUser, owner]).toEqual(['dyno', '33', name]);
  await engine.stop(dyno.dynoId, 0);
});

ownTest(
  'a new agent knows whose the running dynos are, also those that were started before they had users of their own',
  async () => {
    const { engine, options } = installation;
    const [kept, old] = [forever(), forever()];
    await engine.start(kept);
    const uid = await inDyno(kept.dynoId, 'id -u');
    const labels = { install: options.installId, dyno: old.dynoId, app: old.appId, name: old.name, version: '3' };
    const words = Object.entries(labels).flatMap(([name, value]) => ['--label', `jangada.${name}=${value}`]);
    const name = `jangada-${options.installId}-${old.dynoId}`;
    await run('docker', [
      'run',
      '--detach',
      '--name',
      name,
      '--user',
      '1000:1000',
      ...words,
      TEST_IMAGE,
      'sleep',
      '3600',
    ]);
    // As narrow as a range can be: the dyno that runs is among the thousand.
    const first = Number(uid) - 500;
    const next = createDockerEngine({ ...options, dynoUids: { first, last: first + 999 } });
    await next.open();
    expect((await next.list()).map(({ dynoId, state }) => [dynoId, state]).sort()).toEqual(
      [kept, old].map(({ dynoId }) => [dynoId, 'running']).sort(),
    );
    const fresh = forever();
    await next.start(fresh);
    const [other, same, shared] = await Promise.all(
      [fresh, kept, old].map(({ dynoId }) => inDyno(dynoId, 'id -u', { ...installation, engine: next })),
    );
    expect([same, shared]).toEqual([uid, '1000']);
    expect(other).not.toBe(uid);
    for (const { dynoId } of [fresh, kept, old]) expect((await next.stop(dynoId, 0)).killed).toBe(true);
    await next.close();
  },
);

ownTest('another installation on the machine stays away from the users of this one', async () => {
  // Four parts in which nobody else on the machine has dynos: those would be stayed away from too.
  const first = 3_000_000 + 4 * 4_096 * randomInt(10_000);
  const dynoUids = { first, last: first + 4 * 4_096 - 1 };
  const one = await openTestInstallation({ dynoUids });
  const mine = forever();
  await one.engine.start(mine);
  // An id of an installation that leads to the same part.
  const installId = (Number.parseInt(one.options.installId, 16) - 4).toString(16).padStart(12, '0');
  const other = await openTestInstallation({ installId, dynoUids });
  const theirs = forever();
  await other.engine.start(theirs);
  const part = async (dyno: DynoSpec, where: TestInstallation): Promise<number> =>
    Math.floor((Number(await inDyno(dyno.dynoId, 'id -u', where)) - first) / 4_096);
  expect(await part(theirs, other)).toBe(((await part(mine, one)) + 1) % 4);
  await other.close();
  await one.close();
});

test('without user ids of their own dynos run as before, all as one user and on the slug’s own mount', async () => {
  const reports: string[] = [];
  const shared = await openTestInstallation({ dynoUids: null, report: (event) => reports.push(event) });
  const slug = await makeSlug(shared, { 'server.js': 'original\n' });
  const dyno = forever({ slug });
  await shared.engine.start(dyno);
  expect(await inDyno(dyno.dynoId, 'stat -c %u /app/server.js; id -un; id -u', shared)).toBe('1000\ndyno\n1000');
  expect(await readdir(join(shared.options.home.dynos, dyno.dynoId))).not.toContain('slug');
  expect(reports).not.toContain('dynos.shared-uid');
  await shared.close();
});

test('a machine that cannot give dynos users of their own says so once, leaves nothing behind and gives them one', async () => {
  const { options } = installation;
  const probeFolder = join(options.home.run, 'another-probe');
  const reports: unknown[] = [];
  const users = createDynoUsers({
    installId: options.installId,
    // The kernel refuses to map anything to its last id, which means "none".
    range: { first: 1_200_000, last: 4_294_967_295 },
    probeFolder,
    report: (event, details) => reports.push([event, details]),
  });
  await users.open([]);
  await users.open([]);
  expect(reports).toEqual([['dynos.shared-uid', { reason: 'uid_map: Invalid argument' }]]);
  expect([users.take(), users.take()]).toEqual([1000, 1000]);
  expect(await readFile('/proc/mounts', 'utf8')).not.toContain(probeFolder);
  expect(await readdir(options.home.run)).not.toContain('another-probe');
});

ownTest('the try at the start of an agent also takes away what one that was killed in it has left', async () => {
  const { options, slugs } = installation;
  const slug = options.slugFile(await makeSlug(installation, { a: 'left' }));
  const folder = join(slugs, 'probe');
  await mkdir(join(folder, 'slug'), { recursive: true });
  await run('mount', ['-t', 'squashfs', '-o', 'loop,ro', slug, join(folder, 'slug')]);
  expect(await probeOwnUids(folder, 1_200_000)).toBeNull();
  expect(await readFile('/proc/mounts', 'utf8')).not.toContain(folder);
  expect(await readdir(slugs)).not.toContain('probe');
});
