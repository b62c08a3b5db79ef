import { homeLayout } from '@jangada/core';
import { expect, test } from 'vitest';
import { environmentOf, environmentText, readEnvironment, unitText } from './systemd-unit.ts';

const CONFIG = {
  home: homeLayout('/srv/a%b'),
  root: '/opt/jangada',
  env: {
    HTTPS_PROXY: 'http://p:1%2',
    JANGADA_BUILD_CONCURRENCY: '3',
    JANGADA_HOME: '/srv/a%b',
    JANGADA_PORT: '5100',
    DATABASE_URL: 'postgres://x',
    SECRET: 'no',
  },
  dockerSocket: '/var/run/docker.sock',
};

test('the unit leaves dynos alone when it stops, and systemd replaces nothing in its words', () => {
  const text = unitText(CONFIG, ['/opt/node', '/opt/$x"y/main.ts']);
  expect(text).toContain('KillMode=process');
  expect(text).toContain('Environment="JANGADA_HOME=/srv/a%%b"');
  expect(text).toContain('EnvironmentFile=-/srv/a%%b/unit.env');
  expect(text).toContain('StandardOutput=append:/srv/a%%b/process-logs/supervisor.log');
  expect(text).toContain('ExecStart="/opt/node" "/opt/$$x\\"y/main.ts"');
});

test('systemd waits for the disk of the home, and never gives the platform up', () => {
  const [head = ''] = unitText(CONFIG, ['/opt/node']).split('[Service]');
  expect(head).toContain('RequiresMountsFor="/srv/a%%b"\n');
  expect(head).toContain('StartLimitIntervalSec=0\n');
});

test('the unit, which anybody may read, has nothing of the shell but where the home and the engine are', () => {
  const text = unitText(CONFIG, ['/opt/node']);
  expect(text).not.toMatch(/PROXY|JANGADA_BUILD|JANGADA_PORT|DATABASE_URL|SECRET/);
});

test('what settings.json holds is not kept a second time, where it would win over a later change', () => {
  expect(environmentOf(CONFIG)).toEqual({ HTTPS_PROXY: 'http://p:1%2', JANGADA_BUILD_CONCURRENCY: '3' });
});

test('the environment is quoted as systemd reads it, and read again as it was', () => {
  const environment = {
    HTTPS_PROXY: 'http://u:a"b\\c$d`e%f@p:1',
    NO_PROXY: 'a b #c',
    JANGADA_X: 'two\nlines',
    JANGADA_Y: '',
  };
  const text = environmentText(environment);
  expect(text).toContain('HTTPS_PROXY="http://u:a\\"b\\\\c\\$d\\`e%f@p:1"\n');
  expect(readEnvironment(text)).toEqual(environment);
});
