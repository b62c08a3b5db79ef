import { expect, test } from 'vitest';
import { daemonOptions } from './engine.ts';

test('a daemon that we start keeps dynos over its restarts, unless the operator says something about it', () => {
  expect(daemonOptions('{}')).toEqual(['--userland-proxy=false', '--live-restore']);
  expect(daemonOptions('{"live-restore": false, "dns": ["10.0.0.1"]}')).toEqual(['--userland-proxy=false']);
  expect(daemonOptions('{"userland-proxy": true}')).toEqual(['--live-restore']);
  expect(daemonOptions('not JSON')).toEqual(['--userland-proxy=false', '--live-restore']);
});
