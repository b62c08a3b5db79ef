import { UpdateAppFeatureRequest } from '@jangada/platform-api/requests';
import { pageOf } from '../../http/page.ts';
import { appRoute } from '../../http/route.ts';
import { FEATURES, requireFeature } from './catalog.ts';
import { featureId, presentAppFeature } from './present.ts';
import { updateAppFeature } from './update.ts';

export const appFeatureRoutes = [
  appRoute({
    method: 'GET',
    path: '/apps/:app/features',
    permission: 'view',
    async handle(call) {
      const { app, context } = call;
      const rows = await context.store.rows.appFeatures.list({ appId: app.id });
      const offers = FEATURES.map((feature) => ({ ...feature, id: featureId(feature.name) }));
      return pageOf(call, { name: 'text', id: 'uuid' }, offers, (items) =>
        items.map((item) => presentAppFeature(app, item, rows.find((row) => row.name === item.name) ?? null)),
      );
    },
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/features/:feature',
    permission: 'view',
    async handle({ app, context, params }) {
      const feature = requireFeature(params['feature'] ?? '', featureId);
      const row = await context.store.rows.appFeatures.find({ appId: app.id, name: feature.name });
      return presentAppFeature(app, feature, row);
    },
  }),
  appRoute({
    method: 'PATCH',
    path: '/apps/:app/features/:feature',
    permission: 'operate',
    body: UpdateAppFeatureRequest,
    async handle(call) {
      const feature = requireFeature(call.params['feature'] ?? '', featureId);
      return presentAppFeature(call.app, feature, await updateAppFeature(call, feature));
    },
  }),
];
