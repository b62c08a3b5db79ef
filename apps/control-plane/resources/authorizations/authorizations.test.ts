import { expect, test } from 'vitest';
import { createTestApi, PASSWORD, type TestApi } from '../../http/testing/test-api.ts';

const basic = (user: string, password: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

const logIn = ({ call }: TestApi, email: string, password: string) =>
  call(
    'POST /oauth/authorizations',
    { description: 'Heroku CLI login from here', expires_in: 2_592_000, scope: ['global'] },
    { as: null, headers: basic(email, password) },
  );

test('an e-mail address and password give a token that works until it expires', async () => {
  const api = await createTestApi();
  const login = await logIn(api, 'Ana@Example.com', PASSWORD);
  expect(login.status).toBe(201);
  expect(login.body).toMatchObject({ user: { email: 'ana@example.com' }, access_token: { expires_in: 2_592_000 } });
  const as = { ...api.ana, token: login.body.access_token.token };
  expect((await api.call('GET /account', undefined, { as })).body.last_login).not.toBeNull();
  await api.clock.advance(2_592_000_000);
  expect((await api.call('GET /account', undefined, { as })).status).toBe(401);
});

test('tokens are stored hashed and shown once', async () => {
  const api = await createTestApi();
  const { token } = (await logIn(api, 'ana@example.com', PASSWORD)).body.access_token;
  const stored = JSON.stringify(await api.context.store.rows.authorizations.list());
  expect(stored).not.toContain(token);
  const { body } = await api.call('GET /oauth/authorizations');
  expect(JSON.stringify(body)).not.toContain(token);
});

test('a wrong password and an unknown address look the same, and guessing is stopped', async () => {
  const api = await createTestApi();
  const wrong = await logIn(api, 'ana@example.com', 'wrong');
  const unknown = await logIn(api, 'nobody@example.com', 'wrong');
  expect(wrong.status).toBe(401);
  expect(unknown.body).toEqual(wrong.body);
  for (let attempt = 1; attempt < 10; attempt++) await logIn(api, 'ana@example.com', 'wrong');
  expect((await logIn(api, 'ana@example.com', PASSWORD)).status).toBe(429);
  await api.clock.advance(15 * 60_000);
  expect((await logIn(api, 'ana@example.com', PASSWORD)).status).toBe(201);
});

test('guesses at once are limited like guesses one after the other: the right password is not accepted among them', async () => {
  const api = await createTestApi();
  const passwords = [...Array.from({ length: 19 }, (_, index) => `wrong ${index}`), PASSWORD];
  const answers = await Promise.all(passwords.map((password) => logIn(api, 'ana@example.com', password)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  expect(statuses.slice(10)).toEqual(Array(10).fill(429));
});

test('a suspended account neither logs in nor uses its tokens', async () => {
  const api = await createTestApi();
  await api.context.store.rows.accounts.update(api.ana.account.id, { suspendedAt: api.clock.now() });
  expect((await logIn(api, 'ana@example.com', PASSWORD)).body.id).toBe('suspended');
  expect((await api.call('GET /apps')).body.id).toBe('suspended');
});

test('logging out as the CLI does makes the token void and leaves the others', async () => {
  const api = await createTestApi();
  const { token } = (await logIn(api, 'ana@example.com', PASSWORD)).body.access_token;
  const as = { ...api.ana, token };
  const session = await api.call('DELETE /oauth/sessions/~', undefined, { as });
  expect(session.body).toMatchObject({ id: 'not_found', resource: 'session' });
  const standard = await api.call('GET /oauth/authorizations/~', undefined, { as });
  expect(standard.body).toMatchObject({ id: 'not_found', resource: 'authorization' });
  const { body: all } = await api.call('GET /oauth/authorizations', undefined, { as });
  const shown = all.filter((one: { access_token: { token?: string } }) => one.access_token.token);
  expect(shown).toHaveLength(1);
  const [head, tail] = shown[0].access_token.token.split('**********');
  expect(token.startsWith(head) && token.endsWith(tail)).toBe(true);
  await api.call(`DELETE /oauth/authorizations/${shown[0].id}`, undefined, { as });
  expect((await api.call('GET /account', undefined, { as })).status).toBe(401);
  expect((await api.call('GET /account')).status).toBe(200);
});

test('a rotated token replaces the old one at once', async () => {
  const { call, ana } = await createTestApi();
  const { body: made } = await call('POST /oauth/authorizations', { description: 'robot' });
  const { body: rotated } = await call(`POST /oauth/authorizations/${made.id}/actions/regenerate-tokens`);
  const status = async (token: string) => (await call('GET /account', undefined, { as: { ...ana, token } })).status;
  expect(await status(made.access_token.token)).toBe(401);
  expect(await status(rotated.access_token.token)).toBe(200);
});

test('the authorizations of others cannot be seen', async () => {
  const { call, addPerson } = await createTestApi();
  const bia = await addPerson('bia@example.com');
  const { body } = await call('POST /oauth/authorizations', { description: 'robot' });
  expect((await call(`GET /oauth/authorizations/${body.id}`, undefined, { as: bia })).status).toBe(404);
});

test.each([
  ['read', 'GET /apps/demo', 200],
  ['read', 'GET /apps/demo/config-vars', 403],
  ['read-protected', 'GET /apps/demo/config-vars', 200],
  ['read-protected', 'DELETE /apps/demo', 403],
  ['write', 'PATCH /apps/demo/config-vars', 403],
  ['write', 'PATCH /apps/demo', 200],
  ['write', 'POST /oauth/authorizations', 403],
  ['identity', 'GET /account', 200],
  ['identity', 'GET /apps', 403],
])('a token of scope %s is answered on %s with %i', async (scope, request, status) => {
  const { call, ana } = await createTestApi();
  await call('POST /apps', { name: 'demo' });
  const { body } = await call('POST /oauth/authorizations', { scope: [scope] });
  const as = { ...ana, token: body.access_token.token };
  expect((await call(request, request.startsWith('GET') ? undefined : {}, { as })).status).toBe(status);
});
