import type { App } from '@jangada/core';
import type { PublicCall } from '../../http/route.ts';
import { accountsById } from '../account/people.ts';
import { presentApp } from './present.ts';

/** The app as the answer to a request about it. */
export async function answerWithApp({ context, origin }: PublicCall, app: App): Promise<object> {
  const accounts = await accountsById(context.store.rows, [app.ownerId]);
  return presentApp(app, { settings: context.settings, origin, accounts });
}
