import { type Dyno, oneOffCommand } from '@jangada/core';
import type { Context } from '../../context.ts';
import { keepAwake, type Presence } from '../../exec/presence.ts';
import type { Rendezvous } from '../../rendezvous/rendezvous.ts';
import { insideSession, terminalSize } from './attached-session.ts';
import { insideCommand, insideOf } from './inside-command.ts';

export interface InsideInput {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
  readonly forceNoTty: boolean;
}

/** Parts of the control plane that it takes. */
export interface InsideHelp {
  readonly rendezvous: Rendezvous;
  readonly presence: Pick<Presence, 'isBusy'>;
}

/**
 * Another process in a dyno that is up (`heroku run:inside`), started when its client comes with the returned secret. A first
 * word that is a process type of the dyno's slug stands for its command, as in a one-off.
 */
export async function runInside(
  context: Context,
  { rendezvous, presence }: InsideHelp,
  dyno: Dyno,
  { command, env, forceNoTty }: InsideInput,
): Promise<string> {
  const inside = await insideOf(context, dyno);
  const argv = insideCommand(oneOffCommand(command, inside.processTypes), env, inside);
  const session = insideSession(context, dyno, argv, terminalSize(env, forceNoTty));
  const leave = keepAwake(presence, dyno.appId);
  return rendezvous.expect({
    ...session,
    async done() {
      leave();
      await session.done();
    },
  });
}
