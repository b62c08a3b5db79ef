import { DYNO_SIZES, type DynoSize, dynoSize } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { accountRoute, appRoute } from '../../http/route.ts';
import { presentDynoSize, sizeReference } from './present.ts';

export const dynoSizeRoutes = [
  accountRoute({ method: 'GET', path: '/dyno-sizes', handle: async () => DYNO_SIZES.map(presentDynoSize) }),
  accountRoute({
    method: 'GET',
    path: '/dyno-sizes/:size',
    handle: async ({ params }) => presentDynoSize(requireSize(params['size'] ?? '')),
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/available-dyno-sizes',
    permission: 'view',
    handle: async () => DYNO_SIZES.map(presentDynoSize),
  }),
];

function requireSize(nameOrId: string): DynoSize {
  const size = dynoSize(nameOrId) ?? DYNO_SIZES.find((one) => sizeReference(one.name).id === nameOrId);
  if (!size) throw new PlatformError('not_found', "Couldn't find that dyno size.", { resource: 'dyno_size' });
  return size;
}
