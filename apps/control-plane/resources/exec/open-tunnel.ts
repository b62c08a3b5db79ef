import { isOneOff } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { requireApp } from '../../auth/require-app.ts';
import { logApi } from '../../changes/api-log.ts';
import { recordEvent } from '../../changes/record-event.ts';
import { awakeDyno } from '../../exec/awake-dyno.ts';
import { addressOf } from '../../exec/enter.ts';
import type { Exec } from '../../exec/exec.ts';
import { readClientKey, signExecGrant } from '../../exec/exec-grant.ts';
import { EXEC_PERMISSION, requireExecEnabled } from '../../exec/log-in.ts';
import type { AccountCall } from '../../http/route.ts';
import { appNameOf } from './app-name.ts';

/** How a client gets into a dyno (cli-contract 3.12). */
export interface Tunnel {
  readonly tunnel_host: string;
  readonly client_user: string;
  readonly proxy_public_key: string;
  readonly dyno_ip: string;
}

/** Lets the holder of a key into one dyno. Throws `not_found`, `forbidden`, `invalid_params`, `exec_unavailable`. */
export async function openTunnel(exec: Exec, call: AccountCall<{ client_key: string }>): Promise<Tunnel> {
  const { context, actor, body, params, gone } = call;
  const app = await requireApp(context, actor, appNameOf(call), EXEC_PERMISSION);
  await requireExecEnabled(context, app);
  const key = readClientKey(body.client_key);
  const { host, publicKey } = exec.tunnel();
  const dyno = await awakeDyno(context, exec.wake, app, params['dyno'] ?? '', gone);
  if (isOneOff(dyno)) {
    throw new PlatformError(
      'invalid_params',
      `${dyno.name} is a one-off dyno, which Heroku Exec does not enter. Use: heroku run:inside ${dyno.name} COMMAND`,
      { resource: 'dyno' },
    );
  }
  const grant = { dynoId: dyno.id, authorizationId: actor.authorization.id, key };
  await context.store.transaction((tx) =>
    recordEvent(context, tx, {
      appId: app.id,
      actorId: actor.account.id,
      entity: 'api:dyno',
      action: 'update',
      data: { name: dyno.name, exec: key },
    }),
  );
  await logApi(context, app.id, [`Enter ${dyno.name} by user ${actor.account.email}`]);
  return {
    tunnel_host: host,
    client_user: signExecGrant(context, grant),
    proxy_public_key: publicKey,
    dyno_ip: (await addressOf(context, dyno.id)) ?? '127.0.0.1',
  };
}
