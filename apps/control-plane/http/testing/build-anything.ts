import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { BuildRequest, BuildResult } from '@jangada/builder';

/** A builder for tests of the API: takes any source, which becomes a slug with a web process, and says its size. */
export async function buildAnything(request: BuildRequest, signal: AbortSignal): Promise<BuildResult> {
  const source = await buffer(await request.source(signal));
  request.output.write(`-----> Built ${source.length} bytes\n`);
  return {
    ok: true,
    digest: `sha256:${createHash('sha256').update(source).digest('hex')}`,
    size: source.length,
    processTypes: { web: 'npm start' },
    buildpackDescription: 'Node.js',
    buildpacks: ['heroku/nodejs'],
    phases: [
      { name: 'unpack', seconds: 0.25 },
      { name: 'compress', seconds: 0.5 },
    ],
  };
}
