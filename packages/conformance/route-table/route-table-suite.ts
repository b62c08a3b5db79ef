import type { AppRoute, RouteDyno, RouteTable } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** What became of a request: a dyno answered, or a page with its H-code (`404` for a host of no app). */
export type RequestOutcome =
  | { readonly dynoId: string; readonly code?: undefined }
  | { readonly code: string; readonly dynoId?: undefined };

export interface RouteTableUnderTest {
  readonly table: RouteTable;
  /** Starts a web server that answers requests as this dyno. */
  startDyno(dynoId: string, name: string): Promise<RouteDyno>;
  /** One GET of `/` at a host, through the router. */
  request(host: string): Promise<RequestOutcome>;
  /** Begins a request at a host and resolves once a dyno works on it; the dyno answers when the returned function is called. */
  beginSlowRequest(host: string): Promise<() => Promise<RequestOutcome>>;
  close(): Promise<void>;
}

const BLANK: AppRoute = {
  appId: 'app-a',
  appName: 'a',
  hosts: ['a.test'],
  state: 'blank',
  maintenance: false,
  dynos: [],
  errorPageUrl: null,
  maintenancePageUrl: null,
  sessionAffinity: false,
};

/** What every RouteTable does. */
export function routeTableConformance(name: string, open: () => Promise<RouteTableUnderTest>): void {
  describe(`${name} is a RouteTable`, () => {
    let it: RouteTableUnderTest;
    beforeEach(async () => {
      it = await open();
    });
    afterEach(() => it.close());

    const serving = async (appId: string, host: string, dynoId: string): Promise<AppRoute> => ({
      ...BLANK,
      appId,
      hosts: [host],
      state: 'serving',
      dynos: [await it.startDyno(dynoId, 'web.1')],
    });

    test('a host of no app answers no such app', async () => {
      expect(await it.request('nobody.test')).toEqual({ code: '404' });
    });

    test('a request reaches the dyno of the app whose host it names, whatever the case', async () => {
      await it.table.put(await serving('app-a', 'a.test', 'dyno-a'));
      await it.table.put(await serving('app-b', 'b.test', 'dyno-b'));
      expect(await it.request('a.test')).toEqual({ dynoId: 'dyno-a' });
      expect(await it.request('B.Test')).toEqual({ dynoId: 'dyno-b' });
    });

    test('a wildcard serves what no app names itself', async () => {
      await it.table.put(await serving('app-a', '*.wide.test', 'dyno-a'));
      await it.table.put(await serving('app-b', 'own.wide.test', 'dyno-b'));
      expect(await it.request('any.wide.test')).toEqual({ dynoId: 'dyno-a' });
      expect(await it.request('own.wide.test')).toEqual({ dynoId: 'dyno-b' });
      expect(await it.request('wide.test')).toEqual({ code: '404' });
    });

    test.each([
      ['blank', 'H81'],
      ['stopped', 'H14'],
      ['crashed', 'H10'],
    ] as const)('an app that is %s answers %s', async (state, code) => {
      await it.table.put({ ...BLANK, state });
      expect(await it.request('a.test')).toEqual({ code });
    });

    test('maintenance answers H80 whatever the dynos do, and its end brings them back', async () => {
      const route = await serving('app-a', 'a.test', 'dyno-a');
      await it.table.put({ ...route, maintenance: true });
      expect(await it.request('a.test')).toEqual({ code: 'H80' });
      await it.table.put(route);
      expect(await it.request('a.test')).toEqual({ dynoId: 'dyno-a' });
    });

    test('a draining dyno gets nothing new, and finishes what it has', async () => {
      const route = await serving('app-a', 'a.test', 'dyno-old');
      await it.table.put(route);
      const finish = await it.beginSlowRequest('a.test');
      const old = { ...route.dynos[0]!, state: 'draining' as const };
      await it.table.put({ ...route, dynos: [await it.startDyno('dyno-new', 'web.1'), old] });
      expect(await it.request('a.test')).toEqual({ dynoId: 'dyno-new' });
      expect(await it.table.inFlight('app-a')).toMatchObject({ 'dyno-old': 1 });
      expect(await finish()).toEqual({ dynoId: 'dyno-old' });
      await expect.poll(() => it.table.inFlight('app-a')).toMatchObject({ 'dyno-old': 0 });
    });

    test('the load of an app is what its dynos work on and what waits for a dyno', async () => {
      const route = await serving('app-a', 'a.test', 'dyno-a');
      await it.table.put(route);
      await it.table.put({ ...(await serving('app-b', 'b.test', 'dyno-b')), state: 'starting', dynos: [] });
      expect(await it.table.loads()).toEqual([]);
      const finish = await it.beginSlowRequest('a.test');
      const held = it.request('b.test');
      const loads = async () => [...(await it.table.loads())].sort((a, b) => a.appId.localeCompare(b.appId));
      await expect.poll(loads).toEqual([
        { appId: 'app-a', inFlight: 1, queued: 0 },
        { appId: 'app-b', inFlight: 0, queued: 1 },
      ]);
      await it.table.put(await serving('app-b', 'b.test', 'dyno-b'));
      await Promise.all([held, finish()]);
      await expect.poll(loads).toEqual([]);
    });

    test('a request to a starting app waits and gets the dyno that comes up', async () => {
      const route = await serving('app-a', 'a.test', 'dyno-a');
      await it.table.put({ ...route, state: 'starting', dynos: [] });
      const held = it.request('a.test');
      await it.table.put(route);
      expect(await held).toEqual({ dynoId: 'dyno-a' });
    });

    test('a request to a sleeping app asks for a wake, once, and waits', async () => {
      const route = await serving('app-a', 'a.test', 'dyno-a');
      await it.table.put({ ...route, state: 'asleep', dynos: [] });
      const stop = new AbortController();
      const held = [it.request('a.test'), it.request('a.test')];
      for await (const appId of it.table.wakes(stop.signal)) {
        expect(appId).toBe('app-a');
        await it.table.put(route);
        stop.abort();
      }
      expect(await Promise.all(held)).toEqual([{ dynoId: 'dyno-a' }, { dynoId: 'dyno-a' }]);
    });

    test('a removed app is no app any more, and its host is free for another', async () => {
      await it.table.put(await serving('app-a', 'a.test', 'dyno-a'));
      await it.table.remove('app-a');
      expect(await it.request('a.test')).toEqual({ code: '404' });
      await it.table.put(await serving('app-b', 'a.test', 'dyno-b'));
      expect(await it.request('a.test')).toEqual({ dynoId: 'dyno-b' });
      await it.table.remove('never-there');
    });

    test('a host that an app gives up is gone, the others stay', async () => {
      const route = await serving('app-a', 'a.test', 'dyno-a');
      await it.table.put({ ...route, hosts: ['a.test', 'www.a.test'] });
      expect(await it.request('www.a.test')).toEqual({ dynoId: 'dyno-a' });
      await it.table.put(route);
      expect(await it.request('www.a.test')).toEqual({ code: '404' });
      expect(await it.request('a.test')).toEqual({ dynoId: 'dyno-a' });
    });

    test('retain removes every app that is not named', async () => {
      await it.table.put(await serving('app-a', 'a.test', 'dyno-a'));
      await it.table.put(await serving('app-b', 'b.test', 'dyno-b'));
      await it.table.retain(['app-b', 'app-never']);
      expect(await it.request('a.test')).toEqual({ code: '404' });
      expect(await it.request('b.test')).toEqual({ dynoId: 'dyno-b' });
    });

    test('nothing is in flight at an app that the table does not know', async () => {
      expect(await it.table.inFlight('app-never')).toEqual({});
    });

    test.each([
      { hosts: ['a.test; shutdown'] },
      { hosts: ['UPPER.test'] },
      { appId: 'a\nb' },
      { errorPageUrl: 'javascript:alert(1)' },
      { limits: { requestTimeoutMs: 0 } },
      { limits: { maxRequestsPerDyno: 1.5 } },
      { dynos: [{ dynoId: 'd', name: 'web.1', address: 'evil name', port: 80, state: 'up' as const }] },
      { dynos: [{ dynoId: 'd', name: 'web.1', address: '127.0.0.1', port: 0, state: 'up' as const }] },
      { dynos: [{ dynoId: 'd', name: 'web 1', address: '127.0.0.1', port: 80, state: 'up' as const }] },
    ])('a route that no router could follow is refused: %j', async (part) => {
      const error: unknown = await it.table.put({ ...BLANK, ...part }).catch((thrown: unknown) => thrown);
      expect(isPlatformError(error, 'invalid_params')).toBe(true);
      expect(await it.request('a.test')).toEqual({ code: '404' });
    });
  });
}
