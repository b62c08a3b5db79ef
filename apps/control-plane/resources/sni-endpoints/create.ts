import { coversHostname, describeCertificate, NO_CERTIFICATE, readCertificate, type SniEndpoint } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CreateSniEndpointRequest } from '@jangada/platform-api/requests';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { randomAppName } from '../apps/name.ts';
import { readDisplayName } from './display-name.ts';

/** Certificates of one app. */
const MAX_ENDPOINTS = 1_000;

/** Adds a certificate; custom domains that it is for and that have none of their own use it from now on. */
export async function createSniEndpoint(call: AppCall<CreateSniEndpointRequest>): Promise<SniEndpoint> {
  const { context, actor, app, body } = call;
  const now = context.clock.now();
  const pair = readCertificate(body.certificate_chain, body.private_key, now);
  return changeApp(context, actor, app.id, async ({ tx, event, log }) => {
    if ((await tx.sniEndpoints.count({ appId: app.id })) >= MAX_ENDPOINTS) {
      throw new PlatformError('invalid_params', `An app has at most ${MAX_ENDPOINTS} certificates. Remove one first.`);
    }
    const endpoint = await tx.sniEndpoints.insert({
      ...pair,
      id: context.ids.uuid(),
      appId: app.id,
      name: randomAppName(context.ids),
      displayName: await readDisplayName(tx, app.id, body.display_name ?? null, null),
      acm: false,
      createdAt: now,
      updatedAt: now,
    });
    const { domains } = describeCertificate(endpoint.certificateChain);
    for (const domain of await tx.domains.list({ appId: app.id, kind: 'custom', sniEndpointId: null })) {
      if (!coversHostname(domains, domain.hostname)) continue;
      await tx.domains.update(domain.id, { ...NO_CERTIFICATE, sniEndpointId: endpoint.id, updatedAt: now });
    }
    await event('api:sni-endpoint', 'create', { id: endpoint.id, name: endpoint.name });
    log(`Add ${endpoint.name} certificate by user ${actor.account.email}`);
    return endpoint;
  });
}
