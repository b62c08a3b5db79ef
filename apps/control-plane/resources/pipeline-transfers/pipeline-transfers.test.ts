import { beforeEach, expect, test } from 'vitest';
import { createTestApi, type Person, type TestApi } from '../../http/testing/test-api.ts';

let api: TestApi;
let bia: Person;

/** A pipeline of Ana's with two apps of hers; Bia may see one of them. */
beforeEach(async () => {
  api = await createTestApi();
  bia = await api.addPerson('bia@example.com');
  await api.call('POST /pipelines', { name: 'line' });
  for (const [app, stage] of Object.entries({ staging: 'staging', prod: 'production' })) {
    await api.call('POST /apps', { name: app });
    await api.call('POST /pipeline-couplings', { app, pipeline: 'line', stage });
  }
  await api.call('POST /apps/prod/collaborators', { user: 'bia@example.com', permissions: ['view'] });
});

const transfer = (to: string, type = 'user', as = api.ana) =>
  api.call('POST /pipeline-transfers', { pipeline: { id: 'line' }, new_owner: { id: to, type } }, { as });

const peopleOf = async (app: string, as = bia) =>
  (await api.call(`GET /apps/${app}/collaborators`, undefined, { as })).body
    .map((one: { user: { email: string }; role: string; permissions: readonly unknown[] }) =>
      [one.user.email, one.role, one.permissions.length].join(' '),
    )
    .sort();

test('a pipeline goes to another account with its apps; who owned them stays a collaborator', async () => {
  const { id } = (await api.call('GET /pipelines/line')).body;
  const [from, to] = [api.ana, bia].map(({ account }) => ({ id: account.id, type: 'user' }));
  const { status, body } = await transfer(bia.account.id);
  expect([status, body]).toEqual([201, { pipeline: { id }, previous_owner: from, new_owner: to }]);
  expect((await api.call('GET /pipelines/line')).body.owner).toEqual(to);
  for (const app of ['staging', 'prod']) {
    expect((await api.call(`GET /apps/${app}`)).body.owner.email).toBe('bia@example.com');
    expect(await peopleOf(app)).toEqual(['ana@example.com collaborator 3', 'bia@example.com owner 4']);
    expect((await api.logOf(app)).at(-1)).toBe('Transfer to bia@example.com by user ana@example.com');
    expect((await api.call(`DELETE /apps/${app}`)).status, 'no more Ana’s to delete').toBe(403);
  }
  expect((await api.call('PATCH /pipelines/line', { name: 'mine' })).status).toBe(403);
  expect((await api.call('PATCH /pipelines/line', { name: 'mine' }, { as: bia })).status).toBe(200);
});

test('only its owner gives a pipeline away, to another account that shares an app with them', async () => {
  await api.addPerson('eva@example.com');
  const messageOf = async (...args: Parameters<typeof transfer>) => (await transfer(...args)).body.message;
  expect(await messageOf(bia.account.id, 'user', bia)).toContain('Only the owner of the pipeline line');
  expect(await messageOf(bia.account.id, 'team')).toContain('There are no teams');
  expect(await messageOf(api.ana.account.id)).toContain('You own this pipeline already');
  expect(await messageOf('eva@example.com')).toBe("Couldn't find that account.");
  expect(await messageOf('none@example.com')).toBe("Couldn't find that account.");
  expect((await api.call('GET /pipelines/line')).body.owner.id).toBe(api.ana.account.id);
});

test('an app of a third person stops the whole transfer', async () => {
  const eva = await api.addPerson('eva@example.com');
  await api.call('POST /apps/prod/collaborators', { user: 'eva@example.com' });
  await api.call('POST /apps', { name: 'evas' }, { as: eva });
  await api.call('POST /pipeline-couplings', { app: 'evas', pipeline: 'line', stage: 'review' }, { as: eva });
  const { status, body } = await transfer(bia.account.id);
  expect([status, body.message]).toEqual([
    422,
    expect.stringMatching(/^One app of this pipeline is not yours to give/),
  ]);
  expect(await peopleOf('prod')).toContain('ana@example.com owner 4');
});

test('people see the accounts that they share an app with, and of them only who they are', async () => {
  await api.addPerson('eva@example.com');
  const look = async (account: string) => (await api.call(`GET /users/${account}`)).body;
  const person = { id: bia.account.id, email: 'bia@example.com', name: null, federated: false };
  expect(await look('Bia@example.com')).toEqual(person);
  expect(await look(bia.account.id)).toEqual(person);
  const missing = { id: 'not_found', resource: 'account', message: "Couldn't find that account." };
  expect(await look('eva@example.com')).toEqual(missing);
  expect(await look('none@example.com')).toEqual(missing);
  expect((await look('~')).email).toBe('ana@example.com');
});
