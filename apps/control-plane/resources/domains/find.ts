import type { Domain, Rows } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { isUuid } from '../../auth/require-app.ts';
import { normalHostname } from './hostname.ts';

/** A domain of the app by hostname or id. Throws `not_found`. */
export async function findDomain(rows: Rows, appId: string, asked: string): Promise<Domain> {
  const where = isUuid(asked)
    ? { appId, id: asked }
    : { appId, hostname: normalHostname(asked) ?? asked.toLowerCase() };
  const domain = await rows.domains.find(where);
  if (!domain) throw new PlatformError('not_found', "Couldn't find that domain name.", { resource: 'domain' });
  return domain;
}
