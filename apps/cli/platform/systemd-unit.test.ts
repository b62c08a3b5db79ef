import { homeLayout } from '@jangada/core';
import { expect, test } from 'vitest';
import { unitText } from './systemd-unit.ts';

test('the unit leaves dynos alone when it stops, and keeps settings and how the outside is reached', () => {
  const config = {
    home: homeLayout('/srv/a b'),
    root: '/opt/jangada',
    env: { HTTPS_PROXY: 'http://p:1%2', JANGADA_BUILD_CONCURRENCY: '3', SECRET: 'no' },
    dockerSocket: '/var/run/docker.sock',
  };
  const text = unitText(config, ['/opt/node', '/opt/jangada/apps/supervisor/main.ts']);
  expect(text).toContain('KillMode=process');
  expect(text).toContain('Environment="JANGADA_HOME=/srv/a b"');
  expect(text).toContain('Environment="HTTPS_PROXY=http://p:1%%2"');
  expect(text).toContain('ExecStart="/opt/node" "/opt/jangada/apps/supervisor/main.ts"');
  expect(text).toContain('Environment="JANGADA_BUILD_CONCURRENCY=3"');
  expect(text).not.toContain('SECRET');
});
