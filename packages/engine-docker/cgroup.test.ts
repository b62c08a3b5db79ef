import { expect, test } from 'vitest';
import { readCgroup } from './cgroup.ts';

test('controllers of version 1 have folders of their own, also on hybrid machines', () => {
  const text =
    '12:pids:/docker/abc\n9:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n3:freezer:/docker/abc\n1:name=systemd:/docker/abc\n0::/docker/abc\n';
  expect(readCgroup(text)).toEqual({
    version: 1,
    memory: '/sys/fs/cgroup/memory/docker/abc',
    cpu: '/sys/fs/cgroup/cpuacct/docker/abc',
    pids: '/sys/fs/cgroup/pids/docker/abc',
    freezer: '/sys/fs/cgroup/freezer/docker/abc',
  });
});

test('version 2 has one folder', () => {
  expect(readCgroup('0::/system.slice/docker-abc.scope\n')).toEqual({
    version: 2,
    path: '/sys/fs/cgroup/system.slice/docker-abc.scope',
  });
});
