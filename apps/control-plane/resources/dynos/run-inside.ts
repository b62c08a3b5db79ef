import { type Dyno, oneOffCommand } from '@jangada/core';
import type { Context } from '../../context.ts';
import type { Rendezvous } from '../../rendezvous/rendezvous.ts';
import { insideSession, terminalSize } from './attached-session.ts';
import { insideCommand, insideOf } from './inside-command.ts';

export interface InsideInput {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
  readonly forceNoTty: boolean;
}

/**
 * Another process in a dyno that is up (`heroku run:inside`), started when its client comes with the returned secret. A first
 * word that is a process type of the dyno's slug stands for its command, as in a one-off.
 */
export async function runInside(
  context: Context,
  rendezvous: Rendezvous,
  dyno: Dyno,
  { command, env, forceNoTty }: InsideInput,
): Promise<string> {
  const inside = await insideOf(context, dyno);
  const argv = insideCommand(oneOffCommand(command, inside.processTypes), env, inside);
  return rendezvous.expect(insideSession(context, dyno, argv, terminalSize(env, forceNoTty)));
}
