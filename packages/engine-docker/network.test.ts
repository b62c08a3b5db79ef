import { afterEach, expect, test, vi } from 'vitest';
import { bridgeName, createGuard } from './network.ts';

afterEach(() => vi.unstubAllEnvs());

test('a machine without iptables is reported once, and dynos run all the same', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const reports: string[] = [];
  const guard = createGuard('0123456789ab', [], (event) => reports.push(event));
  await guard();
  await guard();
  expect(reports).toEqual(['network.unguarded']);
});

test('the name of the bridge fits into what Linux allows', () => {
  expect(bridgeName('0123456789ab').length).toBeLessThanOrEqual(15);
});
