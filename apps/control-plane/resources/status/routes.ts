import { PlatformError } from '@jangada/platform-api';
import { publicRoute } from '../../http/route.ts';

/** Whether this control plane can do its work. */
export const statusRoutes = [
  publicRoute({
    method: 'GET',
    path: '/health',
    async handle({ context }) {
      try {
        await context.store.rows.accounts.count();
      } catch (cause) {
        throw new PlatformError('store_unavailable', 'The database does not answer.', { cause });
      }
      return { status: 'ok' };
    },
  }),
];
