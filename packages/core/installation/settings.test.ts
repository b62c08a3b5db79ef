import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS, execHost, hostElsewhere, readSettings } from './settings.ts';

const hostOf = (installId: string): string => execHost({ ...DEFAULT_SETTINGS, installId });

test('installations on one machine have loopback addresses of their own for ps:exec', () => {
  expect(hostOf('000000000000')).toBe('127.64.0.1');
  expect(hostOf('fefffdffffff')).toBe('127.127.255.254');
  expect(hostOf('be00ff000000')).toBe('127.254.0.2');
  expect(execHost({ installId: '0123456789ab', execHost: 'exec.example.com' })).toBe('exec.example.com');
});

test.each(['exec.example.com:80', 'http://exec', '-x', 'a b'])(
  '%j is no host, neither for ps:exec nor of us',
  (host) => {
    const saved = { installId: '0123456789ab' };
    expect(() => readSettings({ JANGADA_EXEC_HOST: host }, saved)).toThrow(/JANGADA_EXEC_HOST/);
    expect(() => readSettings({ JANGADA_HOST: host }, saved)).toThrow(/JANGADA_HOST must be an address or a host name/);
  },
);

test('other computers call the platform by JANGADA_HOST, else by its domain, unless that is localhost', () => {
  const elsewhere = (env: Readonly<Record<string, string>>) =>
    hostElsewhere(readSettings(env, { installId: '0123456789ab' }));
  expect(elsewhere({})).toBeNull();
  expect(elsewhere({ JANGADA_DOMAIN: 'apps.example.com' })).toBe('apps.example.com');
  expect(elsewhere({ JANGADA_DOMAIN: 'apps.example.com', JANGADA_HOST: 'Paas.example.com' })).toBe('paas.example.com');
  expect(elsewhere({ JANGADA_HOST: '2001:db8::1' })).toBe('2001:db8::1');
});
