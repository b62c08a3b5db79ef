import type { Domain } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { forgetIssued } from '../sni-endpoints/domains.ts';
import { findDomain } from './find.ts';

/** Takes a custom domain away; the default domain stays as long as the app. */
export async function destroyDomain({ context, actor, app, params }: AppCall): Promise<Domain> {
  return changeApp(context, actor, app.id, async ({ tx, event, log }) => {
    const domain = await findDomain(tx, app.id, params['domain'] ?? '');
    if (domain.kind === 'heroku') {
      throw new PlatformError(
        'forbidden',
        `${domain.hostname} is the default domain of ${app.name} and cannot be removed. Rename the app to change it.`,
      );
    }
    await tx.domains.delete(domain.id);
    await forgetIssued(tx, domain);
    await event('api:domain', 'destroy', { id: domain.id, hostname: domain.hostname });
    log(`Remove ${domain.hostname} domain by user ${actor.account.email}`);
    return domain;
  });
}
