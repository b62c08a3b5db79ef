import { PlatformError } from '@jangada/platform-api';
import type { AppCall } from '../../http/route.ts';
import { outputStreamUrl } from '../output-streams/url.ts';
import { findBuild } from './find.ts';

/** Characters of output that one answer holds; all of it is at the `output_stream_url`. */
const MAX_CHARACTERS = 4_000_000;

/** The whole output of a build that is over, line by line, as older clients read it. Throws `not_found` while it runs. */
export async function buildResult(call: AppCall): Promise<object> {
  const { context, origin, gone } = call;
  const build = await findBuild(call);
  if (build.status === 'pending') {
    throw new PlatformError('not_found', 'The build runs. Read its output_stream_url, or ask again when it is done.', {
      resource: 'build_result',
    });
  }
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of context.outputs.read(build.id, gone)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_CHARACTERS) break;
  }
  const lines = text.split(/(?<=\n)/).filter((line) => line !== '');
  return {
    build: { id: build.id, status: build.status, output_stream_url: outputStreamUrl(context, origin, build.id) },
    exit_code: build.status === 'succeeded' ? 0 : 1,
    lines: lines.map((line) => ({ line, stream: 'STDOUT' })),
  };
}
