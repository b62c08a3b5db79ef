import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

test('the home and the installation come from the environment, Docker is where it usually is', () => {
  const config = readConfig({ JANGADA_HOME: '/var/lib/jangada', JANGADA_INSTALL_ID: '0123456789ab' });
  expect(config.dockerSocket).toBe('/var/run/docker.sock');
  expect(config.socket).toBe('/var/lib/jangada/run/agent.sock');
});

test('the ports of the router are those that dynos may reach', () => {
  const env = { JANGADA_HOME: '/x', JANGADA_INSTALL_ID: '0123456789ab' };
  expect(readConfig(env).publicPorts).toEqual([]);
  expect(readConfig({ ...env, JANGADA_HTTP_PORT: '80', JANGADA_HTTPS_PORT: '443' }).publicPorts).toEqual([80, 443]);
});

test('dynos get user ids of the default range unless the operator names another or none', () => {
  const env = { JANGADA_HOME: '/x', JANGADA_INSTALL_ID: '0123456789ab' };
  expect(readConfig(env).dynoUids).toEqual({ first: 1_200_000, last: 2_097_151 });
  expect(readConfig({ ...env, JANGADA_DYNO_UIDS: '3000000-3000999' }).dynoUids).toEqual({
    first: 3_000_000,
    last: 3_000_999,
  });
  expect(readConfig({ ...env, JANGADA_DYNO_UIDS: 'off' }).dynoUids).toBeNull();
});

test('what is missing or malformed is said', () => {
  expect(() => readConfig({})).toThrow('JANGADA_HOME must be an absolute path');
  expect(() => readConfig({ JANGADA_HOME: 'here', JANGADA_INSTALL_ID: '0123456789ab' })).toThrow('absolute path');
  expect(() => readConfig({ JANGADA_HOME: '/x', JANGADA_INSTALL_ID: 'XYZ' })).toThrow('twelve hex digits');
});
