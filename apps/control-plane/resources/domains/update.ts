import { type Domain, NO_CERTIFICATE } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { UpdateDomainRequest } from '@jangada/platform-api/requests';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { forgetIssued, requireCovers } from '../sni-endpoints/domains.ts';
import { findSniEndpoint } from '../sni-endpoints/find.ts';
import { findDomain } from './find.ts';

/** Gives a custom domain one of the app's certificates, or takes it away. */
export async function updateDomain(call: AppCall<UpdateDomainRequest>): Promise<Domain> {
  const { context, actor, app, body, params } = call;
  return changeApp(context, actor, app.id, async ({ tx, event, log }) => {
    const domain = await findDomain(tx, app.id, params['domain'] ?? '');
    if (domain.kind === 'heroku') {
      throw new PlatformError(
        'invalid_params',
        `${domain.hostname} is served with the platform's own certificate. Certificates are for custom domains.`,
      );
    }
    const endpoint = body.sni_endpoint === null ? null : await findSniEndpoint(tx, app.id, body.sni_endpoint);
    if (endpoint) requireCovers(endpoint, domain.hostname);
    await event('api:domain', 'update', { id: domain.id, hostname: domain.hostname, sniEndpoint: endpoint?.name });
    log(
      `Update ${domain.hostname} domain to use certificate ${endpoint?.name ?? 'none'} by user ${actor.account.email}`,
    );
    if (endpoint?.id !== domain.sniEndpointId) await forgetIssued(tx, domain);
    const changed = { ...NO_CERTIFICATE, sniEndpointId: endpoint?.id ?? null, updatedAt: context.clock.now() };
    return (await tx.domains.update(domain.id, changed)) ?? domain;
  });
}
