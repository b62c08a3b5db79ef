import type { AppSetup } from '@jangada/core';
import type { CreateAppSetupRequest } from '@jangada/platform-api/requests';
import type { DeployParts } from '../../deploy/build-and-release.ts';
import type { AccountCall } from '../../http/route.ts';
import { createApp } from '../apps/create.ts';
import { runAppSetup } from './run.ts';

/** Makes an app for a source with an app.json; the rest of the set-up goes on in the background. */
export async function createAppSetup(parts: DeployParts, call: AccountCall<CreateAppSetupRequest>): Promise<AppSetup> {
  const { context, actor, body } = call;
  const app = await createApp({ ...call, body: body.app ?? {} });
  const now = context.clock.now();
  const setup = await context.store.rows.appSetups.insert({
    id: context.ids.uuid(),
    accountId: actor.account.id,
    appId: app.id,
    appName: app.name,
    status: 'pending',
    buildId: null,
    failureMessage: null,
    manifestErrors: [],
    postdeploy: null,
    successUrl: null,
    createdAt: now,
    updatedAt: now,
  });
  void runAppSetup(parts, { ...call, app }, setup);
  return setup;
}
