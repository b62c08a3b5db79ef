import { PlatformError } from '@jangada/platform-api';
import { publicRoute, StreamReply } from '../../http/route.ts';
import { streamOf } from './url.ts';

export const outputStreamRoutes = [
  publicRoute({
    method: 'GET',
    path: '/output-streams/:capability',
    stream: true,
    async handle({ context, params, gone }) {
      const streamId = streamOf(context, params['capability'] ?? '');
      if (streamId === null) throw notReady();
      const chunks = context.outputs.read(streamId, gone)[Symbol.asyncIterator]();
      // The first read tells whether there is such a stream yet; clients try again after a 404.
      const first = await chunks.next();
      return new StreamReply('text/plain; charset=utf-8', startingWith(first, chunks));
    },
  }),
];

async function* startingWith(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function notReady(): PlatformError {
  return new PlatformError('not_found', 'There is no such output, or none of it yet.', { resource: 'output' });
}
