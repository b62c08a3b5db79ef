import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.ts';
import { routeOf } from '../testing/app-route.ts';
import { modeOf, planServers, readServersState, type ServerPlan, serverOptions } from './servers.ts';

const server = (name: string, mode: ServerPlan['mode'] = 'ready'): ServerPlan => ({
  name,
  address: '10.0.0.2',
  port: 5000,
  mode,
  maxRequests: 50,
});

test('a deploy opens the new server before it drains the old one', () => {
  const wanted = [server('web.1.8'), server('web.1.7', 'drain')];
  expect(planServers('b1', wanted, [{ name: 'web.1.7', mode: 'ready' }], DEFAULT_LIMITS)).toEqual({
    opening: [
      `add server b1/web.1.8 ${serverOptions(server('web.1.8'), DEFAULT_LIMITS)}`,
      'enable health b1/web.1.8',
      'set maxconn server b1/web.1.7 50',
      'set server b1/web.1.8 state ready',
    ],
    closing: ['set server b1/web.1.7 state drain'],
    gone: [],
  });
});

test('a server that left gets no more requests and may be deleted', () => {
  expect(planServers('b1', [], [{ name: 'web.1.7', mode: 'drain' }], DEFAULT_LIMITS)).toEqual({
    opening: [],
    closing: ['set server b1/web.1.7 state maint'],
    gone: ['web.1.7'],
  });
});

test('a server that is as it should be only hears its limit again', () => {
  const changes = planServers('b1', [server('web.1.7')], [{ name: 'web.1.7', mode: 'ready' }], DEFAULT_LIMITS);
  expect(changes).toEqual({ opening: ['set maxconn server b1/web.1.7 50'], closing: [], gone: [] });
});

test('a server added for a dyno that does not serve stays as HAProxy adds it, in maintenance', () => {
  const { opening, closing } = planServers('b1', [server('web.1.7', 'maint')], [], DEFAULT_LIMITS);
  expect(opening.some((command) => command.endsWith(' state ready'))).toBe(false);
  expect(closing).toEqual([]);
});

test('draining is maint with affinity, and maintenance closes every dyno', () => {
  const up = { dynoId: 'd', name: 'web.1', address: '10.0.0.2', port: 1, state: 'up' as const };
  const draining = { ...up, state: 'draining' as const };
  expect(modeOf(routeOf({}), up)).toBe('ready');
  expect(modeOf(routeOf({}), draining)).toBe('drain');
  expect(modeOf(routeOf({ sessionAffinity: true }), draining)).toBe('maint');
  expect(modeOf(routeOf({ maintenance: true }), up)).toBe('maint');
});

test('reads what HAProxy says of its servers', () => {
  const states = readServersState(
    [
      '1',
      '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight',
      '4 b0 1 node - 2 0 1',
      '4 b0 2 web.1.7 127.0.0.1 2 0 1',
      '4 b0 3 web.1.6 127.0.0.1 2 8 1',
      '4 b0 4 web.1.5 127.0.0.1 0 1 1',
      '4 b0 5 web.1.4 127.0.0.1 2 4 1',
      '4 b0 6 web.1.3 127.0.0.1 0 5 1',
      '',
    ].join('\n'),
  );
  expect(states.get('b0')).toEqual([
    { name: 'web.1.7', mode: 'ready' },
    { name: 'web.1.6', mode: 'drain' },
    { name: 'web.1.5', mode: 'maint' },
    // Disabled in the configuration file, and made ready since; and still as it was there.
    { name: 'web.1.4', mode: 'ready' },
    { name: 'web.1.3', mode: 'maint' },
  ]);
});

test('a dyno that cannot be reached rests for the quarantine', () => {
  expect(serverOptions(server('web.1.7'), { ...DEFAULT_LIMITS, quarantineMs: 700 })).toBe(
    'ipv4@10.0.0.2:5000 maxconn 50 pool-purge-delay 4s pool-max-conn 100 check inter 1d fastinter 700ms downinter 700ms rise 1 fall 1 observe layer4 error-limit 1 on-error mark-down',
  );
});
