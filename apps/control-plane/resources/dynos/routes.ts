import { PlatformError } from '@jangada/platform-api';
import { type Static, Type } from 'typebox';
import { logApi } from '../../changes/api-log.ts';
import { awakeDyno } from '../../exec/awake-dyno.ts';
import type { Presence } from '../../exec/presence.ts';
import { type AppCall, appRoute, type Origin, type Route } from '../../http/route.ts';
import type { Rendezvous } from '../../rendezvous/rendezvous.ts';
import { createOneOff } from './create.ts';
import { type DynoSelector, findDyno, restartDynos, stopDynos } from './end.ts';
import { listDynos } from './list.ts';
import { presentDyno } from './present.ts';
import { runInside } from './run-inside.ts';

/** The CLI sends numbers for COLUMNS and LINES, and leaves TERM out when it has none. */
const Environment = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]));

const NewDyno = Type.Object({
  attach: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  command: Type.String({ minLength: 1, maxLength: 65_536 }),
  env: Type.Optional(Environment),
  force_no_tty: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  size: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  type: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  time_to_live: Type.Optional(Type.Union([Type.Integer({ minimum: 1, maximum: 86_400 }), Type.Null()])),
});

/** Operations on dynos. They need the rendezvous, to which attached clients then connect, and to keep apps awake. */
export function dynoRoutes(rendezvous: Rendezvous, presence: Presence): readonly Route[] {
  return [
    appRoute({
      method: 'GET',
      path: '/apps/:app/dynos',
      permission: 'view',
      handle: async ({ context, app }) => (await listDynos(context, app)).map((dyno) => presentDyno(app, dyno)),
    }),
    appRoute({
      method: 'GET',
      path: '/apps/:app/dynos/:dyno',
      permission: 'view',
      handle: async ({ context, app, params }) => presentDyno(app, await findDyno(context, app, params['dyno']!)),
    }),
    appRoute({
      method: 'POST',
      path: '/apps/:app/dynos',
      permission: 'deploy',
      status: 201,
      body: NewDyno,
      async handle({ context, actor, app, body, origin }) {
        const input = {
          command: body.command,
          attach: body.attach ?? false,
          env: environmentOf(body.env ?? {}),
          force_no_tty: body.force_no_tty ?? false,
          ...(body.size ? { size: body.size } : {}),
          ...(body.type ? { type: body.type } : {}),
          timeToLive: body.time_to_live ?? null,
        };
        const { dyno, secret } = await createOneOff(context, rendezvous, actor, app, input);
        return presentDyno(app, dyno, attachUrl(origin, secret));
      },
    }),
    appRoute({
      method: 'POST',
      path: '/apps/:app/dynos/:dyno',
      permission: 'deploy',
      status: 201,
      body: NewDyno,
      async handle({ context, actor, app, body, params, origin, gone }) {
        const dyno = await awakeDyno(context, presence.wake, app, params['dyno']!, gone);
        const input = {
          command: body.command,
          env: environmentOf(body.env ?? {}),
          forceNoTty: body.force_no_tty ?? false,
        };
        const secret = await runInside(context, { rendezvous, presence }, dyno, input);
        await logApi(context, app.id, [`Enter ${dyno.name} by user ${actor.account.email}`]);
        return presentDyno(app, dyno, attachUrl(origin, secret));
      },
    }),
    ending('DELETE', '/apps/:app/dynos', restartDynos),
    ending('DELETE', '/apps/:app/dynos/:dyno', restartDynos),
    ending('DELETE', '/apps/:app/formations/:type', restartDynos),
    ending('POST', '/apps/:app/dynos/:dyno/actions/stop', stopDynos),
    ending('POST', '/apps/:app/formations/:type/actions/stop', stopDynos),
  ];
}

function ending(method: 'DELETE' | 'POST', path: string, end: typeof restartDynos): Route {
  return appRoute({
    method,
    path,
    permission: 'operate',
    status: 202,
    async handle({ context, actor, app, params }: AppCall) {
      await end(context, actor, app, selectorOf(params));
      return {};
    },
  });
}

function selectorOf(params: Readonly<Record<string, string>>): DynoSelector {
  if (params['type'] !== undefined) return { type: params['type'] };
  return params['dyno'] === undefined ? null : { dyno: params['dyno'] };
}

/** The address that a client attaches to, at the same host and port as the API (cli-contract 3.7). */
function attachUrl(origin: Origin, secret: string | null): string | null {
  if (secret === null) return null;
  const host = /:\d+$/.test(origin.host) ? origin.host : `${origin.host}:${origin.scheme === 'https' ? 443 : 80}`;
  return `rendezvous://${host}/${secret}`;
}

function environmentOf(env: Static<typeof Environment>): Record<string, string> {
  const texts = Object.entries(env).filter(([, value]) => value !== null);
  return Object.fromEntries(texts.map(([name, value]) => [variableName(name), String(value)]));
}

function variableName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new PlatformError('invalid_params', `"${name}" is not a name for an environment variable.`);
}
