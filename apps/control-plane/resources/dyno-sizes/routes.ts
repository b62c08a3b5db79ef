import type { DynoSize, SizeTable } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { accountRoute, appRoute } from '../../http/route.ts';
import { findSize, presentDynoSize } from './present.ts';

export const dynoSizeRoutes = [
  accountRoute({
    method: 'GET',
    path: '/dyno-sizes',
    handle: async ({ context }) => context.sizes.all.map(presentDynoSize),
  }),
  accountRoute({
    method: 'GET',
    path: '/dyno-sizes/:size',
    handle: async ({ context, params }) => presentDynoSize(requireSize(context.sizes, params['size'] ?? '')),
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/available-dyno-sizes',
    permission: 'view',
    handle: async ({ context }) => context.sizes.all.map(presentDynoSize),
  }),
];

function requireSize(sizes: SizeTable, nameOrId: string): DynoSize {
  const size = findSize(sizes, nameOrId);
  if (!size) throw new PlatformError('not_found', "Couldn't find that dyno size.", { resource: 'dyno_size' });
  return size;
}
