import { type Dyno, oneOffCommand } from '@jangada/core';
import type { Context } from '../../context.ts';
import type { Rendezvous } from '../../rendezvous/rendezvous.ts';
import { insideSession, terminalSize } from './attached-session.ts';
import { insideCommand } from './inside-command.ts';

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
  input: InsideInput,
): Promise<string> {
  const text = oneOffCommand(input.command, await processTypesOf(context, dyno));
  const command = insideCommand(text, input.env);
  return rendezvous.expect(insideSession(context, dyno, command, terminalSize(input.env, input.forceNoTty)));
}

async function processTypesOf({ store: { rows } }: Context, dyno: Dyno): Promise<Readonly<Record<string, string>>> {
  const release = await rows.releases.get(dyno.releaseId);
  const slug = release?.slugId ? await rows.slugs.get(release.slugId) : null;
  return slug?.processTypes ?? {};
}
