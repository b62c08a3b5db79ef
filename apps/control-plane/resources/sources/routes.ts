import type { DeployParts } from '../../deploy/build-and-release.ts';
import { accountRoute, appRoute, publicRoute, type Route, StreamReply, uploadRoute } from '../../http/route.ts';
import { createSource } from './create.ts';
import { sourceNotFound, storeSource } from './store.ts';
import { sourceOf, sourceUrls } from './url.ts';

/** Operations on sources. An upload counts as a running build: what it stores has no row yet. */
export function sourceRoutes({ running }: DeployParts): readonly Route[] {
  return [
    accountRoute({
      method: 'POST',
      path: '/sources',
      status: 201,
      handle: async ({ context, origin, actor }) => {
        const { id } = await createSource(context, actor.account.id);
        return { source_blob: sourceUrls(context, origin, id) };
      },
    }),
    appRoute({
      method: 'POST',
      path: '/apps/:app/sources',
      permission: 'deploy',
      status: 201,
      handle: async ({ context, origin, actor }) => {
        const { id } = await createSource(context, actor.account.id);
        return { source_blob: sourceUrls(context, origin, id) };
      },
    }),
    uploadRoute({
      method: 'PUT',
      path: '/sources/:capability',
      async handle({ context, params, body, gone }) {
        const id = sourceOf(context, 'source-put', params['capability'] ?? '');
        const source = id === null ? null : await context.store.rows.sources.get(id);
        if (!source) throw sourceNotFound();
        await running.run({ id: source.id, appId: null }, gone, (signal) => storeSource(context, source, body, signal));
      },
    }),
    publicRoute({
      method: 'GET',
      path: '/sources/:capability',
      stream: true,
      async handle({ context, params, gone }) {
        const id = sourceOf(context, 'source-get', params['capability'] ?? '');
        const source = id === null ? null : await context.store.rows.sources.get(id);
        if (!source?.digest) throw sourceNotFound();
        const content = await context.blobs.read(source.digest, gone);
        return new StreamReply('application/octet-stream', content, {
          headers: { 'content-length': String(source.size) },
        });
      },
    }),
  ];
}
