import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppUnderTest, createApp, eventually } from './harness/app-under-test.ts';
import { type Installation, startInstallation } from './harness/installation.ts';
import { cutPower, runningContainers } from './harness/power-cut.ts';
import { healthy, killProcesses, pidsOf } from './harness/processes.ts';
import { run } from './harness/run.ts';
import { sampleApp } from './harness/sample-app.ts';

/** These tests kill processes of the platform, so they have an installation of their own. */
describe('kill -9', () => {
  let platform: Installation;
  let app: AppUnderTest;

  beforeAll(async () => {
    platform = await startInstallation({ JANGADA_SKIP_EXAMPLE: '1' });
    app = await createApp(platform, 'kill', sampleApp('one'));
    await app.pushOk();
    await answer();
  });
  afterAll(async () => {
    await app?.copy.remove();
    await platform?.remove();
  });

  interface Answer {
    readonly version: string;
    readonly greeting: string | null;
  }
  const answer = async (): Promise<Answer> => {
    const response = await platform.fetchApp(app.name);
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  };

  const containers = async (): Promise<string[]> => {
    const listing = await app.api<{ id: string; state: string }[]>('GET', '/dynos');
    return listing
      .filter((dyno) => dyno.state === 'up')
      .map((dyno) => dyno.id)
      .sort();
  };

  const kill = (part: string): void => killProcesses(platform, part);

  /** Resolves when every dyno runs the newest release. What was killed may take a moment until it answers for good. */
  const settled = (): Promise<true> =>
    eventually(async () => {
      const releases = await app.api<{ version: number }[]>('GET', '/releases').catch(() => null);
      type Dyno = { state: string; release: { version: number } };
      const dynos = await app.api<Dyno[]>('GET', '/dynos').catch(() => null);
      if (releases === null || dynos === null) return null;
      return dynos.every((dyno) => dyno.state === 'up' && dyno.release.version === releases.length) ? true : null;
    }, 'dynos of the newest release');

  test('of the control plane stops no dyno, and the app goes on answering while it is away', async () => {
    const before = await containers();
    kill('apps/control-plane/main.ts');
    expect((await answer()).version).toBe('one');
    await healthy(platform);
    expect(await containers()).toEqual(before);
  });

  test('in the middle of a push leaves the old release serving and lets the next push through', async () => {
    await app.copy.commit({
      ...sampleApp('two'),
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', scripts: { build: 'sleep 5' } }),
    });
    let isKilled = false;
    const push = app.copy.git(['push', 'heroku', 'main'], {
      onOutput: (output) => {
        if (isKilled || !output.includes('Node.js app detected')) return;
        isKilled = true;
        kill('apps/control-plane/main.ts');
      },
    });
    expect((await push).status).not.toBe(0);
    await healthy(platform);
    expect((await answer()).version).toBe('one');
    const builds = await app.api<{ status: string }[]>('GET', '/builds');
    expect(builds.map((build) => build.status).sort()).toEqual(['failed', 'succeeded']);
    await app.copy.commit(sampleApp('three'));
    await app.pushOk();
    await eventually(async () => ((await answer()).version === 'three' ? true : null), 'the third version');
  });

  test('in the middle of a scale and of a config change leaves one of the two consistent states', async () => {
    for (let round = 0; round < 3; round++) {
      const pause = round * 15;
      const scale = platform
        .api('PATCH', `/apps/${app.name}/formation`, { updates: [{ type: 'web', quantity: round + 1 }] })
        .catch(() => null);
      const config = platform
        .api('PATCH', `/apps/${app.name}/config-vars`, { GREETING: `round ${round}` })
        .catch(() => null);
      await new Promise((resolve) => setTimeout(resolve, pause));
      kill('apps/control-plane/main.ts');
      const [scaled, configured] = [await scale, await config];
      expect((await answer()).version).toBe('three');
      await healthy(platform);

      const [formation] = (await app.api<{ type: string; quantity: number }[]>('GET', '/formation')).filter(
        (row) => row.type === 'web',
      );
      const vars = await app.api<Record<string, string>>('GET', '/config-vars');
      const releases = await app.api<{ version: number; status: string }[]>('GET', '/releases');
      if (scaled?.ok) expect(formation!.quantity).toBe(round + 1);
      if (configured?.ok) expect(vars['GREETING']).toBe(`round ${round}`);
      expect(releases.map((release) => release.version)).toEqual(releases.map((_, index) => index + 1));

      await eventually(
        async () => ((await containers()).length === formation!.quantity ? true : null),
        'as many dynos as the formation says',
      );
      await eventually(
        async () => ((await answer()).greeting === (vars['GREETING'] ?? null) ? true : null),
        'the config of the last release',
      );
    }
  });

  test('of the router process and of HAProxy is survived', async () => {
    kill('apps/router/main.ts');
    expect((await answer()).version).toBe('three');
    kill('haproxy');
    await eventually(async () => {
      const response = await platform.fetchApp(app.name).catch(() => null);
      return response?.status === 200 ? true : null;
    }, 'HAProxy to be back');
  });

  test('of the node agent stops no dyno, and its output goes on into the log', async () => {
    const before = await containers();
    kill('apps/node-agent/main.ts');
    expect((await answer()).version).toBe('three');
    await eventually(
      async () => ((await app.api<unknown[]>('GET', '/dynos').catch(() => [])).length > 0 ? true : null),
      'the agent',
    );
    const marker = `/after-kill-${Date.now()}`;
    await eventually(async () => {
      await platform.fetchApp(app.name, marker);
      return (await app.logs()).includes(`request ${marker}`) ? true : null;
    }, 'output of the adopted dynos');
    expect(await containers()).toEqual(before);
  });

  test('of PostgreSQL loses nothing that was acknowledged', async () => {
    await app.api('PATCH', '/config-vars', { KEPT: 'yes' });
    kill('postgres');
    expect((await answer()).version).toBe('three');
    const vars = await eventually(
      async () => app.api<Record<string, string>>('GET', '/config-vars').catch(() => null),
      'the database',
    );
    expect(vars['KEPT']).toBe('yes');
    await settled();
  });

  test('of the supervisor leaves everything running, and up finds it there', async () => {
    const before = await containers();
    kill('apps/supervisor/main.ts');
    expect((await answer()).version).toBe('three');
    const again = await platform.jangada(['up']);
    expect(again.status, again.output).toBe(0);
    expect(await containers()).toEqual(before);
  });

  test('of the control plane while the images of a release are being stored loses none of them', async () => {
    const boxed = await createApp(platform, 'boxed', {
      'heroku.yml': 'build: {docker: {worker: Dockerfile}}\n',
      Dockerfile: 'FROM test-base:1\nRUN echo made > /made; date +%N >> /made\nCMD ["sleep", "1000"]\n',
    });
    await boxed.api('PATCH', '', { build_stack: 'container' });
    const tidyings = async (): Promise<number> =>
      (await platform.jangada(['logs', 'control-plane', '-n', '2000'])).output.split('"event":"tidied"').length;
    const before = await tidyings();
    let isKilled = false;
    const push = await boxed.copy.git(['push', 'heroku', 'main'], {
      onOutput(output) {
        if (isKilled || !output.includes('Released v')) return;
        isKilled = true;
        kill('apps/control-plane/main.ts');
      },
    });
    expect([isKilled, push.status === 0]).toEqual([true, false]);
    await healthy(platform);
    const { installId } = JSON.parse(readFileSync(`${platform.home}/settings.json`, 'utf8')) as { installId: string };
    const { stdout } = await run('docker', ['images', '--no-trunc', '--format', '{{.ID}}', `jangada-${installId}`]);
    const imageId = stdout.trim();
    // Each start looks for images that are not stored, then tidies.
    await eventually(async () => ((await tidyings()) > before ? true : null), 'the image to be stored');
    expect((await run('docker', ['rmi', '-f', imageId])).output).toContain('Deleted');
    const dyno = await boxed.copy.heroku(['run', '--no-tty', 'cat /made']);
    expect(dyno.output).toContain('made\n');
    await boxed.destroy();
    await run('docker', ['rmi', '-f', imageId]);
  });

  test('of everything at once, as a power cut does, brings back what should run, once, and wakes nothing', async () => {
    const sleepy = await createApp(platform, 'sleepy', sampleApp('asleep'));
    await sleepy.api('PATCH', '/config-vars', { JANGADA_SLEEP_AFTER: '0.02' });
    await sleepy.pushOk();
    const states = async (of: AppUnderTest): Promise<string[]> => {
      const dynos = await of.api<{ name: string; state: string }[]>('GET', '/dynos');
      return dynos.map(({ name, state }) => `${name} ${state}`).sort();
    };
    await eventually(async () => ((await states(sleepy)).includes('web.1 idle') ? true : null), 'sleep');
    await app.api('PATCH', '/formation', { updates: [{ type: 'worker', quantity: 2 }] });
    const { name: oneOff } = await app.api<{ name: string }>('POST', '/dynos', { command: 'sleep 1000' });
    const before = await eventually(async () => {
      const all = await states(app);
      const wanted = [`${oneOff} up`, 'worker.1 up', 'worker.2 up'];
      return wanted.every((one) => all.includes(one)) && all.every((one) => one.endsWith(' up')) ? all : null;
    }, 'a one-off dyno and workers to be up');

    await cutPower(platform, pidsOf(platform, ''));
    const again = await platform.jangada(['up']);
    expect(again.status, again.output).toBe(0);

    const expected = before.filter((one) => one !== `${oneOff} up`);
    await eventually(async () => (String(await states(app)) === String(expected) ? true : null), 'the same dynos');
    expect(await states(sleepy)).toEqual(['web.1 idle']);
    await eventually(async () => {
      const running = await runningContainers(platform);
      return String(running) === String(expected.map((one) => one.replace(' up', ''))) ? true : null;
    }, 'one container for each');
    expect((await platform.fetchApp(app.name)).status).toBe(200);
    expect(await (await platform.fetchApp(sleepy.name)).json()).toMatchObject({ version: 'asleep' });
    await sleepy.destroy();
  });
});
