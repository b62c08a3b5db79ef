import { coversHostname, describeCertificate, NO_CERTIFICATE, readCertificate, type SniEndpoint } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { UpdateSniEndpointRequest } from '@jangada/platform-api/requests';
import { type AppChange, changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { readDisplayName } from './display-name.ts';
import { findSniEndpoint } from './find.ts';

/** Puts another certificate in the place of one, or gives it another display name. */
export async function updateSniEndpoint(call: AppCall<UpdateSniEndpointRequest>): Promise<SniEndpoint> {
  const { context, actor, app, body, params } = call;
  const now = context.clock.now();
  const { certificate_chain: chain, private_key: key } = body;
  if ((chain === undefined) !== (key === undefined)) {
    throw new PlatformError('invalid_params', 'Send certificate_chain and private_key together: they are one pair.');
  }
  const pair = chain === undefined || key === undefined ? null : readCertificate(chain, key, now);
  return changeApp(context, actor, app.id, async (change) => {
    const endpoint = await findSniEndpoint(change.tx, app.id, params['endpoint'] ?? '');
    if (pair) await keepDomains(change, endpoint, pair.certificateChain, now);
    const displayName =
      body.display_name === undefined
        ? endpoint.displayName
        : await readDisplayName(change.tx, app.id, body.display_name, endpoint.id);
    await change.event('api:sni-endpoint', 'update', { id: endpoint.id, name: endpoint.name });
    change.log(`Update ${endpoint.name} certificate by user ${actor.account.email}`);
    const changed = { ...(pair ? { ...pair, acm: false } : {}), displayName, updatedAt: now };
    return (await change.tx.sniEndpoints.update(endpoint.id, changed)) ?? endpoint;
  });
}

/** Domains that use it must go on being served; what was issued by the platform is a person's from now on. */
async function keepDomains({ tx }: AppChange, endpoint: SniEndpoint, chain: string, now: Date): Promise<void> {
  const { domains: names } = describeCertificate(chain);
  const users = await tx.domains.list({ appId: endpoint.appId, sniEndpointId: endpoint.id });
  const lost = users.filter((domain) => !coversHostname(names, domain.hostname)).map((domain) => domain.hostname);
  if (lost.length > 0) {
    throw new PlatformError(
      'invalid_params',
      `The new certificate is for ${names.join(', ')}, but ${lost.join(', ')} uses ${endpoint.name}. Give that domain another certificate first.`,
    );
  }
  if (!endpoint.acm) return;
  for (const domain of users) {
    await tx.domains.update(domain.id, { ...NO_CERTIFICATE, sniEndpointId: endpoint.id, updatedAt: now });
  }
}
