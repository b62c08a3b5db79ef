import { isOneOff } from '@jangada/core';
import { Type } from 'typebox';
import { requireApp } from '../../auth/require-app.ts';
import type { Exec } from '../../exec/exec.ts';
import { accountRoute, type Route } from '../../http/route.ts';
import { listDynos } from '../dynos/list.ts';
import { appNameOf } from './app-name.ts';
import { openTunnel } from './open-tunnel.ts';

/** One line of OpenSSH's public key format; 16384 bits of RSA are 2,800 characters. */
const NewTunnel = Type.Object({ client_key: Type.String({ minLength: 1, maxLength: 4_096 }) });

/** What the CLI asks Heroku's exec manager: `HEROKU_EXEC_URL` leads here (cli-contract 3.12). */
export function execRoutes(exec: Exec): readonly Route[] {
  return [
    accountRoute({
      method: 'GET',
      path: '/api/v2',
      async handle(call) {
        const app = await requireApp(call.context, call.actor, appNameOf(call), 'view');
        const dynos = await listDynos(call.context, app);
        const reachable = dynos.filter((dyno) => !isOneOff(dyno) && (dyno.state === 'up' || dyno.state === 'idle'));
        return reachable.map(({ name }) => ({ dyno_name: name }));
      },
    }),
    accountRoute({
      method: 'PUT',
      path: '/api/v2/:dyno',
      body: NewTunnel,
      handle: (call) => openTunnel(exec, call),
    }),
  ];
}
