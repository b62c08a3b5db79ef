import type { AppRoute } from '@jangada/core';

/** A route with everything at rest; tests say what differs. */
export function routeOf(part: Partial<AppRoute>): AppRoute {
  return {
    appId: 'app-a',
    appName: 'a',
    hosts: ['a.test'],
    state: 'serving',
    maintenance: false,
    dynos: [],
    errorPageUrl: null,
    maintenancePageUrl: null,
    sessionAffinity: false,
    ...part,
  };
}
