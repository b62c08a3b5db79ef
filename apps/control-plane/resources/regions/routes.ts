import type { Region as RegionShape } from '@heroku-cli/schema';
import { PlatformError } from '@jangada/platform-api';
import { accountRoute } from '../../http/route.ts';
import { REGION } from './region.ts';

/** The region comes with the platform, so it has no dates of its own. */
const SINCE = '2026-01-01T00:00:00.000Z';

/** `provider.region` is a list of AWS regions in the published schema; ours is none of them. */
const presented: Omit<RegionShape, 'provider'> & { readonly provider: object } = {
  ...REGION,
  country: 'Your own machines',
  created_at: SINCE,
  description: 'This installation',
  locale: 'Local',
  private_capable: false,
  provider: { name: 'jangada', region: REGION.name },
  updated_at: SINCE,
};

export const regionRoutes = [
  accountRoute({ method: 'GET', path: '/regions', handle: async () => [presented] }),
  accountRoute({
    method: 'GET',
    path: '/regions/:region',
    async handle({ params }) {
      if (params['region'] === REGION.name || params['region'] === REGION.id) return presented;
      throw new PlatformError('not_found', "Couldn't find that region.", { resource: 'region' });
    },
  }),
];
