import { type Domain, defaultHostname, NO_CERTIFICATE } from '@jangada/core';
import { isPlatformError, PlatformError } from '@jangada/platform-api';
import type { CreateDomainRequest } from '@jangada/platform-api/requests';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { certificateFor, requireCovers } from '../sni-endpoints/domains.ts';
import { findSniEndpoint } from '../sni-endpoints/find.ts';
import { claimHostname } from './conflicts.ts';
import { readHostname } from './hostname.ts';

/** Custom domains of one app (behaviour 8). */
const MAX_DOMAINS = 1_000;

/** Makes the app answer at one more host name. Without a word on certificates it uses one of the app's that is for the name. */
export async function createDomain({ context, actor, app, body }: AppCall<CreateDomainRequest>): Promise<Domain> {
  const hostname = readHostname(body.hostname, context.settings.domain);
  return changeApp(context, actor, app.id, async ({ tx, app: fresh, event, log }) => {
    if ((await tx.domains.count({ appId: app.id, kind: 'custom' })) >= MAX_DOMAINS) {
      throw new PlatformError('invalid_params', `An app has at most ${MAX_DOMAINS} custom domains. Remove one first.`);
    }
    await claimHostname(tx, fresh, hostname);
    const endpoint = body.sni_endpoint
      ? await findSniEndpoint(tx, app.id, body.sni_endpoint)
      : await certificateFor(tx, app.id, hostname);
    if (endpoint) requireCovers(endpoint, hostname);
    const now = context.clock.now();
    const domain = await tx.domains.insert({
      id: context.ids.uuid(),
      appId: app.id,
      hostname,
      kind: 'custom',
      cname: defaultHostname(context.settings, fresh.name),
      ...NO_CERTIFICATE,
      sniEndpointId: endpoint?.id ?? null,
      acmStatus: fresh.acm && endpoint === null ? 'pending' : null,
      createdAt: now,
      updatedAt: now,
    });
    await event('api:domain', 'create', { id: domain.id, hostname });
    log(`Add ${hostname} domain by user ${actor.account.email}`);
    return domain;
  }).catch(async (error: unknown) => {
    if (!isPlatformError(error, 'conflict')) throw error;
    const own = await context.store.rows.domains.find({ hostname, appId: app.id });
    const where = own ? `already on this app` : 'currently in use by another app';
    throw new PlatformError('invalid_params', `${hostname} is ${where}.`);
  });
}
