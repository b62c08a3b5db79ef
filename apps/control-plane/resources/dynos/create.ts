import { type App, type Dyno, isOneOff, oneOffCommand, type TerminalSize } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Actor } from '../../auth/authenticate.ts';
import { changeApp } from '../../changes/change-app.ts';
import type { Context } from '../../context.ts';
import { runningRelease } from '../../reconcile/snapshot.ts';
import type { Rendezvous } from '../../rendezvous/rendezvous.ts';
import { attachedOneOff, terminalSize } from './attached-session.ts';
import { oneOffRow } from './one-off-row.ts';

/** One-off dynos of an app at one time (behaviour 1.6). */
const MAX_ONE_OFFS = 50;
/** Types whose dynos belong to the formation or the platform and cannot be asked for. */
const RESERVED_TYPES = new Set(['web', 'release', 'build']);

export interface NewOneOff {
  readonly command: string;
  readonly attach?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly force_no_tty?: boolean | null;
  readonly size?: string;
  readonly type?: string;
  /** Seconds from its start; null for a day. */
  readonly timeToLive?: number | null;
}

/** Starts a one-off dyno (`heroku run`). `secret` is what an attached client presents within 30 seconds. */
export async function createOneOff(
  context: Context,
  rendezvous: Rendezvous,
  actor: Actor,
  app: App,
  input: NewOneOff,
): Promise<{ dyno: Dyno; secret: string | null }> {
  const dyno = await insertOneOff(context, actor, app, input);
  if (!dyno.attached) return { dyno, secret: null };
  const tty: TerminalSize | null = terminalSize(dyno.env, input.force_no_tty ?? false);
  return { dyno, secret: rendezvous.expect(attachedOneOff(context, dyno, tty)) };
}

async function insertOneOff(context: Context, actor: Actor, app: App, input: NewOneOff): Promise<Dyno> {
  const running = await runningRelease(context.store.rows, app.id);
  if (running === null) {
    throw new PlatformError(
      'invalid_params',
      `${app.name} has no code to run yet. Push some first: git push heroku main.`,
      { resource: 'release' },
    );
  }
  const type = input.type ?? 'run';
  if (RESERVED_TYPES.has(type) || !/^[A-Za-z0-9_-]{1,63}$/.test(type)) {
    throw new PlatformError('invalid_params', `A one-off dyno cannot be of type "${type}".`);
  }
  const size = input.size === undefined ? null : context.sizes.find(input.size);
  if (input.size !== undefined && size === null) {
    throw new PlatformError('invalid_params', `There is no dyno size "${input.size}". See heroku ps:type.`);
  }
  const row = await oneOffRow(context, {
    appId: app.id,
    release: running.release,
    type,
    // The command of an image's type may stand on its ENTRYPOINT, which one-offs have anyway.
    command: running.slug.images ? input.command : oneOffCommand(input.command, running.slug.processTypes),
    env: input.env ?? {},
    attached: input.attach ?? false,
    timeToLive: input.timeToLive ?? null,
    ...(size ? { size: size.name } : {}),
  });
  return changeApp(context, actor, app.id, async (change) => {
    const count = (await change.tx.dynos.list({ appId: app.id })).filter(isOneOff).length;
    if (count >= MAX_ONE_OFFS) {
      throw new PlatformError(
        'invalid_params',
        `${app.name} already runs ${MAX_ONE_OFFS} one-off dynos. Wait, or stop one: heroku ps:stop.`,
      );
    }
    const dyno = await change.tx.dynos.insert(row);
    await change.event('api:dyno', 'create', { name: dyno.name, size: dyno.size, attached: dyno.attached });
    change.log(`Starting process with command \`${input.command}\` by user ${actor.account.email}`);
    return dyno;
  });
}
