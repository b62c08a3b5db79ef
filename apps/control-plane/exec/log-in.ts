import type { Account, App, Dyno } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { holderOf } from '../auth/authenticate.ts';
import { requireApp } from '../auth/require-app.ts';
import type { Context } from '../context.ts';
import { featureEnabled } from '../resources/app-features/enabled.ts';
import { type DynoInside, insideOf } from '../resources/dynos/inside-command.ts';
import { type ExecGrant, keyFingerprint, verifyExecGrant } from './exec-grant.ts';

/** Permission for everything that starts processes of an app's code, as for `heroku run`. */
export const EXEC_PERMISSION = 'deploy';

/** The switch that lets people into the dynos of an app. */
const EXEC_FEATURE = 'runtime-heroku-exec';

/** Whom the SSH server let in, and where. */
export interface Login {
  /** What was logged in with. */
  readonly grant: ExecGrant;
  readonly account: Account;
  readonly app: App;
  readonly dyno: Dyno;
  readonly inside: DynoInside;
}

/** Throws `invalid_params` when the app's people have switched Heroku Exec off. */
export async function requireExecEnabled(context: Context, app: App): Promise<void> {
  if (await featureEnabled(context, app, EXEC_FEATURE)) return;
  throw new PlatformError(
    'invalid_params',
    `Heroku Exec is switched off for ${app.name}. Switch it on with: heroku features:enable ${EXEC_FEATURE}`,
  );
}

/** Who logs in under this name with this key. Null for no. */
export async function logIn(context: Context, user: string, key: Uint8Array): Promise<Login | null> {
  const grant = verifyExecGrant(context, user);
  if (grant === null || grant.key !== keyFingerprint(key)) return null;
  return loginOf(context, grant);
}

/**
 * The login that a grant gives now. Everything that it rests on is asked again: that the token was not revoked, the
 * permission, the switch, and that it is still the same dyno and up. Null when something does not hold any more. How long
 * the grant may be logged in with is not looked at: who is inside may stay.
 */
export async function loginOf(context: Context, grant: ExecGrant): Promise<Login | null> {
  const { rows } = context.store;
  const [authorization, dyno] = await Promise.all([
    rows.authorizations.get(grant.authorizationId),
    rows.dynos.get(grant.dynoId),
  ]);
  if (authorization === null || dyno?.state !== 'up') return null;
  try {
    const account = await holderOf(context, authorization);
    const app = await requireApp(context, { account }, dyno.appId, EXEC_PERMISSION);
    await requireExecEnabled(context, app);
    return { grant, account, app, dyno, inside: await insideOf(context, dyno) };
  } catch (error) {
    // What the person may not do is an answer; a database that is away is none.
    if (error instanceof PlatformError && error.status < 500) return null;
    throw error;
  }
}
