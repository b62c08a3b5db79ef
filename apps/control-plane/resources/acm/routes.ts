import { appRoute } from '../../http/route.ts';
import { answerWithApp } from '../apps/answer.ts';
import { disableAcm } from './disable.ts';
import { enableAcm } from './enable.ts';
import { refreshAcm } from './refresh.ts';

/** Automatic certificate management of one app. */
export const acmRoutes = [
  appRoute({
    method: 'POST',
    path: '/apps/:app/acm',
    permission: 'operate',
    handle: async (call) => answerWithApp(call, await enableAcm(call)),
  }),
  appRoute({
    method: 'PATCH',
    path: '/apps/:app/acm',
    permission: 'operate',
    handle: async (call) => answerWithApp(call, await refreshAcm(call)),
  }),
  appRoute({
    method: 'DELETE',
    path: '/apps/:app/acm',
    permission: 'operate',
    handle: async (call) => answerWithApp(call, await disableAcm(call)),
  }),
];
