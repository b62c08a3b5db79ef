import { bootCommand, type Dyno } from '@jangada/core';
import type { Context } from '../../context.ts';

/** What a dyno was made of, as far as a further process in it must know. */
export interface DynoInside {
  /** Process type to command. Empty on the container stack, where a command may stand on the image's ENTRYPOINT. */
  readonly processTypes: Readonly<Record<string, string>>;
  /** It runs an image of the app's own, of which no more than `/bin/sh` can be hoped for. */
  readonly isImage: boolean;
}

export async function insideOf({ store: { rows } }: Context, dyno: Dyno): Promise<DynoInside> {
  const release = await rows.releases.get(dyno.releaseId);
  const slug = release?.slugId ? await rows.slugs.get(release.slugId) : null;
  return slug?.images
    ? { processTypes: {}, isImage: true }
    : { processTypes: slug?.processTypes ?? {}, isImage: false };
}

/** Sets variables, given as `NAME=value`, and becomes a command. */
const IMAGE_SHELL = 'command=$1; shift; for pair; do export "$pair"; done; exec /bin/sh -c "$command"';

/** argv of a shell command in a running dyno, prepared as at boot, with extra variables set. */
export function insideCommand(
  command: string,
  env: Readonly<Record<string, string>>,
  { isImage }: Pick<DynoInside, 'isImage'>,
): readonly string[] {
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  if (isImage) return ['/bin/sh', '-c', IMAGE_SHELL, 'dyno', command, ...assignments];
  return ['/usr/bin/env', ...assignments, ...bootCommand(command)];
}
