import { type CertificatePair, type Domain, NO_CERTIFICATE } from '@jangada/core';
import { logApi } from '../changes/api-log.ts';
import { recordEvent } from '../changes/record-event.ts';
import type { Context } from '../context.ts';
import { randomAppName } from '../resources/apps/name.ts';

/** Keeps a certificate that was issued for a domain, unless a person changed their mind meanwhile. */
export async function keepIssued(context: Context, { id, appId }: Domain, pair: CertificatePair): Promise<void> {
  const now = context.clock.now();
  const hostname = await context.store.transaction(async (tx) => {
    await tx.lock(appId);
    const [app, domain] = [await tx.apps.get(appId), await tx.domains.get(id)];
    const used = domain?.sniEndpointId ? await tx.sniEndpoints.get(domain.sniEndpointId) : null;
    if (!app?.acm || domain === null || used?.acm === false) return null;
    const kept = used
      ? await tx.sniEndpoints.update(used.id, { ...pair, updatedAt: now })
      : await tx.sniEndpoints.insert({
          ...pair,
          id: context.ids.uuid(),
          appId,
          name: randomAppName(context.ids),
          displayName: null,
          acm: true,
          createdAt: now,
          updatedAt: now,
        });
    if (kept === null) return null;
    await tx.domains.update(id, { ...NO_CERTIFICATE, sniEndpointId: kept.id, acmStatus: 'ok', updatedAt: now });
    const action = used ? 'update' : 'create';
    const data = { id: kept.id, name: kept.name, hostname: domain.hostname };
    await recordEvent(context, tx, { appId, actorId: null, entity: 'api:sni-endpoint', action, data });
    await tx.notify('app', appId);
    return domain.hostname;
  });
  if (hostname !== null) await logApi(context, appId, [`Certificate for ${hostname} issued`]);
}
