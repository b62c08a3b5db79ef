import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.ts';
import { type HaproxyPlan, haproxyConfig, maxConnectionsFor, planFingerprint } from './haproxy-config.ts';

const PLAN: HaproxyPlan = {
  version: [2, 6],
  threads: 2,
  maxConnections: 9_500,
  bind: '127.0.0.1',
  httpPort: 8080,
  httpsPort: 8443,
  limits: DEFAULT_LIMITS,
  user: { uid: 101, gid: 102 },
  backends: [
    {
      name: 'b0',
      servers: [
        { name: 'web.1.7', address: '10.0.0.2', port: 5000, mode: 'ready', maxRequests: 50 },
        { name: 'web.1.3', address: 'fd00::2', port: 5001, mode: 'drain', maxRequests: 50 },
      ],
    },
    { name: 'b1', servers: [] },
    { name: 'b-1', servers: [] },
  ],
  startMark: '12ab-434c',
};

test('the whole configuration for HAProxy 2.6', async () => {
  await expect(haproxyConfig(PLAN, 'f1')).toMatchFileSnapshot('./golden/haproxy-2.6.cfg');
});

test('HAProxy 2.9 and newer tells the first byte from the rest, and sees clients that leave', async () => {
  const config = haproxyConfig({ ...PLAN, version: [3, 0] }, 'f1');
  expect(config).toContain('  http-response set-timeout server 55000ms\n');
  expect(config).toContain('  http-response set-timeout server var(txn.settings),field(2,:)\n');
  expect(config).toContain('  option abortonclose\n');
  expect(config).not.toContain('text/event-stream');
  expect(haproxyConfig(PLAN, 'f1')).not.toContain('http-response set-timeout');
});

test('without a certificate there is no TLS listener', () => {
  expect(haproxyConfig({ ...PLAN, httpsPort: null }, 'f1')).not.toContain(' ssl ');
});

test('an IPv6 address is bound as one', () => {
  expect(haproxyConfig({ ...PLAN, bind: '::' }, 'f1')).toContain('  bind ipv6@[::]:8080\n');
});

test('servers and the mark of a start do not change the fingerprint; ports, limits, the pool and other files do', () => {
  const fingerprint = planFingerprint(PLAN, ['page']);
  const emptied = PLAN.backends.map(({ name }) => ({ name, servers: [] }));
  expect(planFingerprint({ ...PLAN, backends: emptied, startMark: '0000-4000' }, ['page'])).toBe(fingerprint);
  expect(planFingerprint({ ...PLAN, httpPort: 8081 }, ['page'])).not.toBe(fingerprint);
  expect(planFingerprint({ ...PLAN, limits: { ...DEFAULT_LIMITS, idleMs: 1 } }, ['page'])).not.toBe(fingerprint);
  expect(planFingerprint({ ...PLAN, backends: emptied.slice(1) }, ['page'])).not.toBe(fingerprint);
  expect(planFingerprint(PLAN, ['other page'])).not.toBe(fingerprint);
});

test('connections fit into the limit of open files, twice over', () => {
  expect(maxConnectionsFor(20_000)).toBe(9_500);
  expect(maxConnectionsFor(1_048_576)).toBe(20_000);
  expect(maxConnectionsFor(1_024)).toBe(256);
});

test('what apps chose is looked up in their backends only', () => {
  const [before, custom] = haproxyConfig(PLAN, 'f1').split('\ndefaults custom\n') as [string, string];
  expect(before).not.toContain('txn.settings');
  const plain = custom.slice(custom.indexOf('backend b0'), custom.indexOf('backend b-1'));
  expect(plain).not.toContain('txn.settings');
  expect(plain).toContain('backend b0 from plain\n');
  expect(custom).toContain('backend b-1 from custom\n  use-server ');
});
