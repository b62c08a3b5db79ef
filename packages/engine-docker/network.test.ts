import { afterEach, expect, test, vi } from 'vitest';
import { DockerError } from './docker-api.ts';
import { bridgeName, createGuard, removeNetwork } from './network.ts';

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

test('a network whose last container is still leaving is removed in a moment', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const answers: (DockerError | null)[] = [new DockerError(403, 'it has active endpoints'), null];
  const asked: string[] = [];
  const call = async (method: string, path: string): Promise<never> => {
    asked.push(`${method} ${path}`);
    const answer = method === 'DELETE' ? answers.shift() : null;
    if (answer) throw answer;
    return {} as never;
  };
  await removeNetwork({ call }, '0123456789ab').catch(() => undefined);
  const removal = 'DELETE /networks/jangada-0123456789ab';
  expect(asked.slice(0, 2)).toEqual([removal, removal]);

  answers.push(new DockerError(500, 'no'));
  await expect(removeNetwork({ call }, '0123456789ab')).rejects.toThrow('no');
});
