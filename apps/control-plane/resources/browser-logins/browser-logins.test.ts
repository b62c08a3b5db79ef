import { expect, test } from 'vitest';
import { createTestApi, PASSWORD, type TestApi } from '../../http/testing/test-api.ts';

interface Login {
  readonly browser: string;
  readonly cli: string;
  readonly bearer: { readonly authorization: string };
}

async function open({ call }: TestApi, description = 'Heroku CLI login from here'): Promise<Login> {
  const { body } = await call('POST /cli-auth/auth', { description }, { as: null });
  return {
    browser: `/cli-auth${body.browser_url}`,
    cli: `/cli-auth${body.cli_url}`,
    bearer: { authorization: `Bearer ${body.token}` },
  };
}

const submit = ({ call }: TestApi, { browser }: Login, email: string, password: string) =>
  call(`POST ${browser}`, new URLSearchParams({ email, password }).toString(), {
    as: null,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
  });

test('the CLI waits until the person has logged in, and gets a token that works', async () => {
  const api = await createTestApi();
  const login = await open(api);
  const waiting = api.call(`GET ${login.cli}`, undefined, { as: null, headers: login.bearer });
  const page = await api.call(`GET ${login.browser}`, undefined, { as: null, headers: { accept: 'text/html' } });
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.body).toContain('Heroku CLI login from here');
  const wrong = await submit(api, login, 'ana@example.com', 'wrong');
  expect([wrong.status, wrong.body.includes('Check the e-mail address')]).toEqual([401, true]);
  expect((await submit(api, login, 'ana@example.com', PASSWORD)).body).toContain('You can close this tab');
  const { access_token: token } = (await waiting).body;
  expect((await api.call('GET /account', undefined, { as: { ...api.ana, token } })).body.email).toBe('ana@example.com');
});

test('the poll ends with 503 before the CLI gives up, and with 401 for anybody else', async () => {
  const api = await createTestApi();
  const login = await open(api);
  const waiting = api.call(`GET ${login.cli}`, undefined, { as: null, headers: login.bearer });
  await expect.poll(() => api.clock.sleeping).toBe(1);
  await api.clock.advance(50_000);
  expect((await waiting).status).toBe(503);
  const other = { authorization: 'Bearer somebody-else' };
  expect((await api.call(`GET ${login.cli}`, undefined, { as: null, headers: other })).status).toBe(401);
});

test('a login that nobody finishes is over after ten minutes', async () => {
  const api = await createTestApi();
  const login = await open(api);
  await api.clock.advance(10 * 60_000);
  expect((await api.call(`GET ${login.browser}`, undefined, { as: null })).status).toBe(404);
});

test('what the CLI says of itself cannot become part of the page', async () => {
  const api = await createTestApi();
  const { browser } = await open(api, '<script>alert(1)</script>');
  const { body, headers } = await api.call(`GET ${browser}`, undefined, { as: null });
  expect(body).not.toContain('<script>');
  expect(headers['content-security-policy']).toContain("default-src 'none'");
});
