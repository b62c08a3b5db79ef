import { expect, test } from 'vitest';
import { createTestApi } from '../../http/testing/test-api.ts';

test('a collaborator can deploy and operate, but not manage', async () => {
  const { call, addPerson } = await createTestApi();
  const bia = await addPerson('bia@example.com');
  await call('POST /apps', { name: 'demo' });
  const added = await call('POST /apps/demo/collaborators', { user: 'Bia@example.com' });
  expect(added.body).toMatchObject({ role: 'collaborator', user: { email: 'bia@example.com' } });
  const as = { as: bia };
  expect((await call('PATCH /apps/demo/config-vars', { FOO: '1' }, as)).status).toBe(200);
  expect((await call('PATCH /apps/demo', { maintenance: true }, as)).status).toBe(200);
  for (const [request, body] of [
    ['DELETE /apps/demo'],
    ['PATCH /apps/demo', { name: 'mine-now' }],
    ['POST /apps/demo/collaborators', { user: 'ana@example.com' }],
    ['DELETE /apps/demo/collaborators/ana@example.com'],
  ] as const) {
    const refused = await call(request, body, as);
    expect([refused.status, refused.body.id], request).toEqual([403, 'forbidden']);
  }
});

test('permissions can be chosen: with view alone config vars stay hidden', async () => {
  const { call, addPerson } = await createTestApi();
  const bia = await addPerson('bia@example.com');
  await call('POST /apps', { name: 'demo' });
  await call('POST /apps/demo/collaborators', { user: 'bia@example.com', permissions: ['view'] });
  expect((await call('GET /apps/demo', undefined, { as: bia })).status).toBe(200);
  expect((await call('GET /apps/demo/config-vars', undefined, { as: bia })).status).toBe(403);
  const wrong = await call('POST /apps/demo/collaborators', { user: 'bia@example.com', permissions: ['fly'] });
  expect(wrong.body.message).toContain('There is no permission "fly"');
});

test('collaborators may leave, the owner may not', async () => {
  const { call, addPerson } = await createTestApi();
  const bia = await addPerson('bia@example.com');
  await call('POST /apps', { name: 'demo' });
  await call('POST /apps/demo/collaborators', { user: bia.account.id });
  expect((await call('DELETE /apps/demo/collaborators/bia@example.com', undefined, { as: bia })).status).toBe(200);
  expect((await call('GET /apps/demo', undefined, { as: bia })).status).toBe(404);
  expect((await call('DELETE /apps/demo/collaborators/ana@example.com')).status).toBe(403);
});

test('nobody becomes a collaborator twice, nor without an account', async () => {
  const { call } = await createTestApi();
  await call('POST /apps', { name: 'demo' });
  expect((await call('POST /apps/demo/collaborators', { user: 'ana@example.com' })).status).toBe(422);
  const unknown = await call('POST /apps/demo/collaborators', { user: 'nobody@example.com' });
  expect(unknown.body).toMatchObject({ id: 'not_found', resource: 'account' });
});
