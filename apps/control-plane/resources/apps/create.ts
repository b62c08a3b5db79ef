import { type App, defaultHostname, NO_CERTIFICATE, type Transaction } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import type { CreateAppRequest } from '@jangada/platform-api/requests';
import { logApi, releaseTexts } from '../../changes/api-log.ts';
import { recordEvent } from '../../changes/record-event.ts';
import type { AccountCall } from '../../http/route.ts';
import { OWNER_PERMISSIONS } from '../collaborators/permissions.ts';
import { requireRegion } from '../regions/region.ts';
import { appendRelease } from '../releases/append.ts';
import { DEFAULT_STACK, requireStack } from '../stacks/catalog.ts';
import { nameTaken, randomAppName, requireAppName } from './name.ts';

/** The first entries of every ledger, as Heroku writes them. */
const FIRST_RELEASES = ['Initial release', 'Enable Logplex'];

/** Makes an app: its row, its owner's access, its default domain and its first two releases. */
export async function createApp(call: AccountCall<CreateAppRequest>): Promise<App> {
  const { context, actor, body } = call;
  requireRegion(body.region ?? null);
  const stack = requireStack(body.stack ?? DEFAULT_STACK);
  const name = body.name ? requireAppName(body.name) : randomAppName(context.ids);
  const { app, releases } = await context.store
    .transaction(async (tx) => {
      const app = await insertApp(call, tx, name, stack, body.locked ?? false);
      const releases = [];
      for (const description of FIRST_RELEASES) {
        releases.push(
          await appendRelease(context, tx, {
            app,
            actorId: actor.account.id,
            slugId: null,
            configVars: {},
            description,
          }),
        );
      }
      return { app: (await tx.apps.get(app.id)) ?? app, releases };
    })
    .catch((error: unknown) => {
      throw isPlatformError(error, 'conflict') ? nameTaken(name) : error;
    });
  await logApi(
    context,
    app.id,
    releases.flatMap((release) => releaseTexts(release, actor.account.email)),
  );
  return app;
}

async function insertApp(
  { context, actor }: AccountCall,
  tx: Transaction,
  name: string,
  stack: string,
  locked: boolean,
): Promise<App> {
  const now = context.clock.now();
  const dates = { createdAt: now, updatedAt: now };
  const app = await tx.apps.insert({
    ...dates,
    id: context.ids.uuid(),
    name,
    ownerId: actor.account.id,
    stack,
    buildStack: stack,
    maintenance: false,
    locked,
    acm: false,
    buildpackDescription: null,
    repoSize: null,
    slugSize: null,
    releasedAt: null,
  });
  await tx.lock(app.id);
  await tx.collaborators.insert({
    ...dates,
    id: context.ids.uuid(),
    appId: app.id,
    accountId: actor.account.id,
    role: 'owner',
    permissions: OWNER_PERMISSIONS,
  });
  await tx.domains.insert({
    ...dates,
    id: context.ids.uuid(),
    appId: app.id,
    hostname: defaultHostname(context.settings, name),
    kind: 'heroku',
    cname: null,
    ...NO_CERTIFICATE,
  });
  await recordEvent(context, tx, {
    appId: app.id,
    actorId: actor.account.id,
    entity: 'api:app',
    action: 'create',
    data: { id: app.id, name },
  });
  return app;
}
