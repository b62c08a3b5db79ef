import { expect, test } from 'vitest';
import { formatSubnet, freeSubnets, parseSubnet, routedSubnets } from './subnet.ts';

const first = (taken: string[], seed: string): string => {
  const [subnet] = freeSubnets(
    taken.map((text) => parseSubnet(text)!),
    seed,
  );
  return formatSubnet(subnet!);
};

test('a range collides with nothing that is taken, larger or smaller', () => {
  expect(first([], '00000000')).toBe('10.200.0.0/22');
  expect(first(['10.200.1.0/28'], '00000000')).toBe('10.200.4.0/22');
  expect(first(['10.200.0.0/16', '10.201.0.0/30'], '00000000')).toBe('10.201.4.0/22');
  expect(first(['10.0.0.0/8'], '00000000')).toBe('172.24.0.0/22');
});

test('installations start their search in different places', () => {
  expect(first([], '00000001abcd')).toBe('10.200.4.0/22');
  expect(first([], 'ffffffff0000')).toBe('10.207.252.0/22');
});

test('no range is left when all is taken', () => {
  expect([...freeSubnets([parseSubnet('0.0.0.0/0')!], '00000000')]).toEqual([]);
});

test('the routes of the machine count, the default route does not', () => {
  const table = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
  ].join('\n');
  expect(routedSubnets(table).map(formatSubnet)).toEqual(['172.17.0.0/16']);
});

test('what is no range is none', () => {
  expect([parseSubnet('fd00::/64'), parseSubnet('10.0.0.0'), parseSubnet('300.0.0.0/8')]).toEqual([null, null, null]);
});
