import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppUnderTest, createApp, eventually } from './harness/app-under-test.ts';
import { healthy, pidsOf } from './harness/processes.ts';
import { sampleApp } from './harness/sample-app.ts';
import { sharedInstallation } from './harness/shared-installation.ts';

let app: AppUnderTest;

beforeAll(async () => {
  app = await createApp(await sharedInstallation(), 'swap', sampleApp('one'));
  await app.pushOk();
});
afterAll(() => app?.destroy());

interface Load {
  readonly failures: string[];
  answered: number;
  stop(): Promise<void>;
}

/** Requests without a pause, on kept and on fresh connections, until stopped. */
function load(): Load {
  const keep = new Agent({ keepAlive: true, maxSockets: 4 });
  const result: Load = { failures: [], answered: 0, stop: async () => undefined };
  let stopped = false;
  const once = (agent: Agent | false): Promise<void> =>
    new Promise((resolve) => {
      const headers = { host: `${app.name}.localhost` };
      const outgoing = request({ port: app.platform.httpPort, host: '127.0.0.1', headers, agent }, (incoming) => {
        incoming.resume();
        incoming.on('end', () => {
          if (incoming.statusCode === 200) result.answered += 1;
          else result.failures.push(`status ${incoming.statusCode}`);
          resolve();
        });
      });
      outgoing.on('error', (error) => {
        result.failures.push(String(error));
        resolve();
      });
      outgoing.end();
    });
  const client = async (agent: Agent | false): Promise<void> => {
    while (!stopped && result.answered < 50_000) await once(agent);
  };
  const clients = [client(keep), client(keep), client(keep), client(false)];
  result.stop = async () => {
    stopped = true;
    await Promise.all(clients);
    keep.destroy();
  };
  return result;
}

test('no request fails while config changes, restarts, scaling and a push replace the dynos', async () => {
  expect((await app.platform.fetchApp(app.name)).status).toBe(200);
  const running = load();
  for (const greeting of ['one', 'two', 'three']) {
    await app.api('PATCH', '/config-vars', { GREETING: greeting });
    await eventually(async () => {
      const body = (await (await app.platform.fetchApp(app.name)).json()) as { greeting: string };
      return body.greeting === greeting ? true : null;
    }, `the greeting ${greeting}`);
  }
  await app.api('PATCH', '/formation', { updates: [{ type: 'web', quantity: 2 }] });
  await app.api('DELETE', '/dynos');
  await app.copy.commit(sampleApp('two'));
  await app.pushOk();
  await eventually(async () => {
    const body = (await (await app.platform.fetchApp(app.name)).json()) as { version: string };
    return body.version === 'two' ? true : null;
  }, 'the second version');
  await app.api('PATCH', '/formation', { updates: [{ type: 'web', quantity: 1 }] });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await running.stop();
  expect(running.failures).toEqual([]);
  expect(running.answered).toBeGreaterThan(500);
});

test('no request fails while the router process, and the whole platform for another setting, are started anew', async () => {
  const { platform } = app;
  const routers = (): number[] => pidsOf(platform, 'apps/router/main.ts');
  const proxies = pidsOf(platform, 'haproxy');
  const [before] = routers();
  const running = load();
  expect((await platform.jangada(['restart', 'router'])).status).toBe(0);
  await eventually(async () => (routers().some((pid) => pid !== before) ? true : null), 'another router process');
  const again = await platform.jangada(['up'], { env: { JANGADA_ACME_EMAIL: 'somebody@example.com' } });
  expect(again.output).toContain('started anew');
  await healthy(platform);
  const answered = running.answered;
  await eventually(async () => (running.answered > answered + 100 ? true : null), 'a hundred more answers');
  await running.stop();
  expect(running.failures).toEqual([]);
  expect(pidsOf(platform, 'haproxy')).toEqual(proxies);
});

test('a new version that does not start leaves the old one serving', async () => {
  await app.copy.commit({ 'web.js': 'console.error("cannot start"); process.exit(1);\n' });
  await app.pushOk();
  await eventually(
    async () => ((await app.logs()).includes('cannot start') ? true : null),
    'the crash of the new version',
  );
  const response = await app.platform.fetchApp(app.name);
  expect(response.status).toBe(200);
  expect(((await response.json()) as { version: string }).version).toBe('two');
});
