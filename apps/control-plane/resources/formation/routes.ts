import type { Formation, Slug } from '@jangada/core';
import { BatchUpdateFormationRequest, UpdateFormationRequest } from '@jangada/platform-api/requests';
import { isUuid } from '../../auth/require-app.ts';
import { changeApp } from '../../changes/change-app.ts';
import { pageOf } from '../../http/page.ts';
import { type AppCall, appRoute } from '../../http/route.ts';
import { standingRelease } from '../releases/newest.ts';
import { presentFormation } from './present.ts';
import { obtainImages, releaseImages } from './release-images.ts';
import { type ProcessTypeChange, unknownType } from './rules.ts';
import { scaleFormation, updateFormation } from './update.ts';

export const formationRoutes = [
  appRoute({
    method: 'GET',
    path: '/apps/:app/formation',
    permission: 'view',
    async handle(call) {
      const formation = await call.context.store.rows.formations.list({ appId: call.app.id });
      return pageOf(call, { type: 'text', id: 'uuid' }, formation, (items) => present(call, items));
    },
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/formation/:formation',
    permission: 'view',
    handle: async (call) => presentOne(call, await find(call)),
  }),
  appRoute({
    method: 'PATCH',
    path: '/apps/:app/formation',
    permission: 'operate',
    body: BatchUpdateFormationRequest,
    handle: async (call) => present(call, await change(call, call.body.updates)),
  }),
  appRoute({
    method: 'PATCH',
    path: '/apps/:app/formation/:formation',
    permission: 'operate',
    body: UpdateFormationRequest,
    async handle(call) {
      const found = await find(call);
      const [updated] = await change(call, [{ ...call.body, type: found.type }]);
      // A type whose image is taken away answers a last time.
      return presentOne(call, updated ?? found);
    },
  }),
];

/** Images first, which may bring process types that are scaled then: all of it or nothing. Answers what was changed. */
async function change(call: AppCall, updates: readonly ProcessTypeChange[]): Promise<readonly Formation[]> {
  const images = updates.flatMap(({ type, docker_image }) =>
    docker_image === undefined ? [] : [{ type, docker_image }],
  );
  const scaling = updates.filter(({ quantity, size, dyno_size }) => (quantity ?? size ?? dyno_size) !== undefined);
  if (images.length === 0) return updateFormation(call, updates);
  const infos = await obtainImages(call, images);
  await changeApp(call.context, call.actor, call.app.id, async (change) => {
    await releaseImages(call, change, images, infos);
    if (scaling.length > 0) await scaleFormation(call, change, scaling);
  });
  const types = new Set(updates.map(({ type }) => type));
  const formation = await call.context.store.rows.formations.list({ appId: call.app.id });
  return formation.filter(({ type }) => types.has(type));
}

async function find({ context, app, params }: AppCall): Promise<Formation> {
  const asked = params['formation'] ?? '';
  const { formations } = context.store.rows;
  const where = isUuid(asked) ? { appId: app.id, id: asked } : { appId: app.id, type: asked };
  const found = await formations.find(where);
  if (!found) throw unknownType(asked);
  return found;
}

async function present(call: AppCall, formation: readonly Formation[]): Promise<object[]> {
  const slug = await currentSlug(call);
  return formation.map((one) => presentFormation(call.app, one, slug));
}

async function presentOne(call: AppCall, formation: Formation): Promise<object | undefined> {
  return (await present(call, [formation]))[0];
}

async function currentSlug({ context, app }: AppCall): Promise<Slug | null> {
  const { rows } = context.store;
  const slugId = (await standingRelease(rows, app.id))?.slugId;
  return slugId ? rows.slugs.get(slugId) : null;
}
