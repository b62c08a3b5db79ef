import { expect, test } from 'vitest';
import { createMemoryRouteTable } from './memory-route-table.ts';
import { routeTableConformance } from './route-table-suite.ts';

routeTableConformance('the in-memory route table', async () => {
  const table = createMemoryRouteTable();
  return {
    table,
    startDyno: async (dynoId, name) => ({ dynoId, name, address: '127.0.0.1', port: 5000, state: 'up' }),
    request: (host) => table.request(host),
    beginSlowRequest: async (host) => {
      const finish = table.beginSlowRequest(host);
      return async () => finish();
    },
    close: async () => undefined,
  };
});

test('a test can read what was put', async () => {
  const table = createMemoryRouteTable();
  await table.put({
    appId: 'a',
    appName: 'a',
    hosts: ['a.test'],
    state: 'blank',
    maintenance: false,
    dynos: [],
    errorPageUrl: null,
    maintenancePageUrl: null,
    sessionAffinity: false,
  });
  expect([...table.routes.keys()]).toEqual(['a']);
});
