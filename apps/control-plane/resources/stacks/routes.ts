import { PlatformError } from '@jangada/platform-api';
import { accountRoute, appRoute } from '../../http/route.ts';
import { findStack, STACKS } from './catalog.ts';
import { presentStack } from './present.ts';

export const stackRoutes = [
  accountRoute({ method: 'GET', path: '/stacks', handle: async () => STACKS.map(presentStack) }),
  accountRoute({
    method: 'GET',
    path: '/stacks/:stack',
    async handle({ params }) {
      const stack = findStack(params['stack'] ?? '');
      if (!stack) throw new PlatformError('not_found', "Couldn't find that stack.", { resource: 'stack' });
      return presentStack(stack);
    },
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/available-stacks',
    permission: 'view',
    handle: async () => STACKS.map(presentStack),
  }),
];
