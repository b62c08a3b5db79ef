import type { Rows, SniEndpoint } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { isUuid } from '../../auth/require-app.ts';

/** A certificate of the app by id, name or display name. Throws `not_found`. */
export async function findSniEndpoint(rows: Rows, appId: string, asked: string): Promise<SniEndpoint> {
  const endpoint = isUuid(asked)
    ? await rows.sniEndpoints.find({ appId, id: asked })
    : ((await rows.sniEndpoints.find({ appId, name: asked })) ??
      (await rows.sniEndpoints.find({ appId, displayName: asked })));
  if (!endpoint) {
    throw new PlatformError('not_found', "Couldn't find that SNI endpoint.", { resource: 'sni_endpoint' });
  }
  return endpoint;
}
