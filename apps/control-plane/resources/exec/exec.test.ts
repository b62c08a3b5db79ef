import ssh2 from 'ssh2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CLIENT_KEY, type ExecFixture, openExecFixture } from '../../exec/testing/exec-fixture.ts';

let fixture: ExecFixture;

beforeEach(async () => {
  fixture = await openExecFixture();
});
afterEach(() => fixture.close());

test('the answer is what the CLI needs to connect, and the entry is in the log', async () => {
  const { status, body } = await fixture.put('web.1');
  expect(status).toBe(200);
  expect(body).toEqual({
    tunnel_host: '127.0.0.1',
    client_user: expect.stringMatching(/^[\w.-]+$/),
    proxy_public_key: expect.stringMatching(/^ssh-ed25519 [A-Za-z0-9+/]+=*$/),
    dyno_ip: '10.0.0.1',
  });
  expect(await fixture.api.logOf('demo')).toContain('Enter web.1 by user ana@example.com');
});

test('the feature is on from the start, so that the CLI restarts nothing; switched off it keeps everybody out', async () => {
  const feature = 'apps/demo/features/runtime-heroku-exec';
  expect((await fixture.api.call(`GET /${feature}`)).body).toMatchObject({ enabled: true });
  await fixture.api.call(`PATCH /${feature}`, { enabled: false });
  const { status, body } = await fixture.put('web.1');
  expect(status).toBe(422);
  expect(body.message).toContain('heroku features:enable runtime-heroku-exec');
});

test('ps:exec --status lists the dynos that can be entered', async () => {
  await fixture.addDyno(fixture.app, { type: 'worker', name: 'worker.1', state: 'starting' });
  await fixture.addDyno(fixture.app, { type: 'worker', name: 'worker.2', state: 'idle', number: 2 });
  await fixture.addDyno(fixture.app, { type: 'run', name: 'run.4521', number: 4521 });
  expect(await fixture.reachable()).toEqual([{ dyno_name: 'web.1' }, { dyno_name: 'worker.2' }]);
});

test('dynos that cannot be entered are refused with the reason', async () => {
  const { app, put, addDyno } = fixture;
  await addDyno(app, { type: 'run', name: 'run.4521', number: 4521 });
  await addDyno(app, { name: 'web.2', number: 2, state: 'crashed' });
  await addDyno(app, { name: 'web.3', number: 3, state: 'up', stopping: 'scaled' });
  const answers = await Promise.all(['run.4521', 'web.2', 'web.3', 'web.9', '..%2Fweb.1'].map((name) => put(name)));
  expect(answers.map(({ status, body }) => [status, body.message])).toEqual([
    [422, expect.stringContaining('run.4521 is a one-off dyno')],
    [422, expect.stringContaining('web.2 is crashed, not up')],
    [404, expect.stringContaining("Couldn't find the dyno web.3")],
    [404, expect.stringContaining("Couldn't find the dyno web.9")],
    [404, expect.stringContaining("Couldn't find the dyno ../web.1")],
  ]);
});

test('while an old and a new dyno have the name, the one that is up is entered', async () => {
  await fixture.addDyno(fixture.app, { state: 'starting', createdAt: new Date('2026-04-01') });
  expect((await fixture.put('web.1')).status).toBe(200);
});

test('a sleeping dyno is woken and waited for', async () => {
  const { rows } = fixture.api.context.store;
  await rows.dynos.update(fixture.dyno.id, { state: 'idle' });
  const answer = fixture.put('web.1');
  await expect.poll(() => fixture.wakes).toEqual([fixture.app.id]);
  await rows.dynos.update(fixture.dyno.id, { state: 'starting' });
  await fixture.api.clock.advance(500);
  await rows.dynos.update(fixture.dyno.id, { state: 'up' });
  await expect.poll(() => fixture.api.clock.advance(500).then(() => Promise.race([answer, null]))).not.toBeNull();
  expect((await answer).status).toBe(200);
});

test('only who may deploy gets in, and an app of others is not there', async () => {
  const bia = await fixture.api.addPerson('bia@example.com');
  expect((await fixture.put('web.1', CLIENT_KEY.public, bia)).status).toBe(404);
  await fixture.api.call('POST /apps/demo/collaborators', { user: 'bia@example.com', permissions: ['view'] });
  expect((await fixture.put('web.1', CLIENT_KEY.public, bia)).status).toBe(403);
  expect((await fixture.put('web.1', CLIENT_KEY.public, { ...bia, token: 'JNGD-wrong' })).status).toBe(401);
});

test('a dyno of another app cannot be entered through one that is open to me', async () => {
  const { api, put, addDyno } = fixture;
  await api.call('POST /apps', { name: 'other' });
  await addDyno(await api.appNamed('other'), { type: 'worker', name: 'worker.1' });
  expect((await put('worker.1')).status).toBe(404);
});

test.each([
  ['nothing', ''],
  ['no key', 'hello'],
  ['a private key', CLIENT_KEY.private],
  ['a short key', ssh2.utils.generateKeyPairSync('rsa', { bits: 1024 }).public],
])('%s as a key is refused', async (_, key) => {
  const { status, body } = await fixture.put('web.1', key);
  expect(status).toBe(422);
  expect(body.message).toMatch(/client_key/);
});

test("the CLI's kind of key is taken", async () => {
  const key = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 });
  const { body } = await fixture.put('web.1', `${key.public} `);
  await fixture.connect(body.client_user, key.private);
});
