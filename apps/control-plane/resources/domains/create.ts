import { type Domain, defaultHostname } from '@jangada/core';
import { type CreateDomainRequest, isPlatformError, PlatformError } from '@jangada/platform-api';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { readHostname } from './hostname.ts';

/** Custom domains of one app (behaviour 8). */
const MAX_DOMAINS = 1_000;

/** Makes the app answer at one more host name. */
export async function createDomain({ context, actor, app, body }: AppCall<CreateDomainRequest>): Promise<Domain> {
  if (body.sni_endpoint) {
    throw new PlatformError('not_implemented', 'This version of Jangada does not offer SNI endpoints yet.');
  }
  const hostname = readHostname(body.hostname, context.settings.domain);
  return changeApp(context, actor, app.id, async ({ tx, app: fresh, event, log }) => {
    if ((await tx.domains.count({ appId: app.id, kind: 'custom' })) >= MAX_DOMAINS) {
      throw new PlatformError('invalid_params', `An app has at most ${MAX_DOMAINS} custom domains. Remove one first.`);
    }
    const now = context.clock.now();
    const domain = await tx.domains.insert({
      id: context.ids.uuid(),
      appId: app.id,
      hostname,
      kind: 'custom',
      cname: defaultHostname(context.settings, fresh.name),
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
