import { duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createMemoryEngine, type MemoryProcess, SAMPLE_ROWS, sampleSpec } from '@jangada/conformance';
import { expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../http/testing/test-api.ts';
import { createRendezvous } from '../../rendezvous/rendezvous.ts';
import { runInside } from './run-inside.ts';

interface World {
  readonly api: TestApi;
  readonly started: readonly MemoryProcess[];
  readonly dynoId: string;
}

/** An app with processes `web` and `task`, and a web dyno that is up. */
async function world(): Promise<World> {
  const started: MemoryProcess[] = [];
  const engine = createMemoryEngine({
    program(process) {
      if (process.command[0] === 'serve') return;
      started.push(process);
      process.exit(3);
    },
  });
  const api = await createTestApi({ engine, terminals: engine });
  await api.call('POST /apps', { name: 'demo' });
  const app = await api.appNamed('demo');
  await api.deploy(app, { web: 'serve', task: 'node task.js --fast' });
  const { rows } = api.context.store;
  const [release] = await rows.releases.list({ appId: app.id }, { orderBy: 'version', direction: 'desc', limit: 1 });
  const dyno = { ...SAMPLE_ROWS.dynos, id: api.context.ids.uuid(), appId: app.id, releaseId: release!.id };
  await rows.dynos.insert(dyno);
  await engine.start(sampleSpec('image', { dynoId: dyno.id, appId: app.id, command: ['serve'] }));
  return { api, started, dynoId: dyno.id };
}

test.each([
  ['task --all', 'node task.js --fast --all'],
  ['task ; echo "status: $?"', 'node task.js --fast ; echo "status: $?"'],
  ['tasks', 'tasks'],
  ['echo task', 'echo task'],
])('%s runs as %s', async (typed, runs) => {
  const { api, started, dynoId } = await world();
  const rendezvous = createRendezvous(api.context);
  const busy: string[] = [];
  const presence = { isBusy: (appId: string) => void busy.push(appId) };
  const dyno = await api.context.store.rows.dynos.get(dynoId);
  const input = { command: typed, env: { TERM: 'xterm' }, forceNoTty: true };
  const secret = await runInside(api.context, { rendezvous, presence }, dyno!, input);
  const [near, far] = duplexPair();
  const seen = text(far);
  await rendezvous.accept(secret, near);
  expect(await seen).toMatch(/heroku-command-exit-status: 3\n$/);
  expect(started[0]?.command.at(-1)).toBe(runs);
  expect(started[0]?.command).toContain('TERM=xterm');
  expect(busy).toEqual([dyno!.appId]);
});

test('it is in the log who entered, by name and by id', async () => {
  const { api, dynoId } = await world();
  for (const name of ['web.1', dynoId]) {
    const answer = await api.call(`POST /apps/demo/dynos/${name}`, { command: 'bash' });
    expect(answer).toMatchObject({
      status: 201,
      body: { name: 'web.1', attach_url: expect.stringMatching(/^rendezvous:/) },
    });
  }
  expect(await api.logOf('demo')).toContain('Enter web.1 by user ana@example.com');
});

test('a dyno that is not up is refused', async () => {
  const { api, dynoId } = await world();
  await api.context.store.rows.dynos.update(dynoId, { state: 'crashed' });
  const { status, body } = await api.call('POST /apps/demo/dynos/web.1', { command: 'bash' });
  expect([status, body.message]).toEqual([422, 'web.1 is crashed, not up. See heroku ps.']);
  expect((await api.call('POST /apps/demo/dynos/web.2', { command: 'bash' })).status).toBe(404);
});
