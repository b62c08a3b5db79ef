import type { Context } from '../../context.ts';
import { urlAt } from '../../http/origin.ts';
import type { Origin } from '../../http/route.ts';

const PURPOSE = 'output-stream';

/** A URL that is itself the permission to read one stream of output: of a build or of a release command (cli-contract 3.9). */
export function outputStreamUrl(context: Context, origin: Origin, streamId: string): string {
  return urlAt(origin, `/output-streams/${context.capabilities.sign(PURPOSE, streamId, null)}`);
}

/** The stream that a capability names; null when it is forged. */
export function streamOf(context: Context, capability: string): string | null {
  const streamId = context.capabilities.verify(PURPOSE, capability);
  return typeof streamId === 'string' ? streamId : null;
}
