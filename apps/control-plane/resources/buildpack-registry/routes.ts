import { Readable } from 'node:stream';
import { isPlatformError } from '@jangada/platform-api';
import { publicRoute, StreamReply } from '../../http/route.ts';
import { findBuildpack, listBuildpacks } from './find.ts';
import { blobUrl, presentBuildpack, presentReadme, presentRevisions } from './present.ts';
import { searchBuildpacks } from './search.ts';

/** What `heroku buildpacks:search`, `info`, `versions`, `set` and `add` ask at `HEROKU_BUILDPACK_REGISTRY_URL`. */
export const buildpackRegistryRoutes = [
  publicRoute({
    method: 'GET',
    path: '/bpreg/buildpacks',
    handle: async ({ context, query }) => searchBuildpacks(await listBuildpacks(context), query).map(presentBuildpack),
  }),
  publicRoute({
    method: 'GET',
    path: '/bpreg/buildpacks/:name',
    async handle({ context, params }) {
      const name = params['name'] ?? '';
      try {
        return presentBuildpack(await findBuildpack(context, name));
      } catch (error) {
        const url = blobUrl(name);
        if (!isPlatformError(error, 'not_found') || url === null) throw error;
        // To set a buildpack the CLI takes `blob_url` out of any answer: whether it may be set is said when it is.
        const body = JSON.stringify({ ...error.toJSON(), blob_url: url });
        return new StreamReply('application/json', Readable.from([body]), { status: error.status });
      }
    },
  }),
  publicRoute({
    method: 'GET',
    path: '/bpreg/buildpacks/:name/revisions',
    handle: async ({ context, params }) => presentRevisions(await findBuildpack(context, params['name'] ?? '')),
  }),
  publicRoute({
    method: 'GET',
    path: '/bpreg/buildpacks/:name/readme',
    handle: async ({ context, params }) => presentReadme(await findBuildpack(context, params['name'] ?? '')),
  }),
];
