import { expect, test } from 'vitest';
import { backgroundPlace, buildkitFolders } from './background-place.ts';

const ID = 'abcdef012345';

test('on control groups of version 1 each controller has a folder for the group, beside the engine’s own', () => {
  const place = backgroundPlace(ID, { CgroupDriver: 'cgroupfs', CgroupVersion: '1' }, '/cg');
  expect(place).toMatchObject({
    parent: '/jangada_abcdef012345',
    version: 1,
    cpu: '/cg/cpu/jangada_abcdef012345',
    usage: '/cg/cpuacct/jangada_abcdef012345/cpuacct.usage',
  });
  expect(place?.all).toContain('/cg/memory/jangada_abcdef012345');
});

test('on version 2 there is one folder', () => {
  expect(backgroundPlace(ID, { CgroupDriver: 'cgroupfs', CgroupVersion: '2' }, '/cg')).toEqual({
    parent: '/jangada_abcdef012345',
    version: 2,
    cpu: '/cg/jangada_abcdef012345',
    usage: '/cg/jangada_abcdef012345/cpu.stat',
    all: ['/cg/jangada_abcdef012345'],
  });
});

test('with systemd’s driver it is a slice at the top', () => {
  const place = backgroundPlace(ID, { CgroupDriver: 'systemd', CgroupVersion: '2' }, '/cg');
  expect(place).toMatchObject({ parent: 'jangada_abcdef012345.slice', cpu: '/cg/jangada_abcdef012345.slice' });
});

test('an engine without groups of root has none', () => {
  expect(backgroundPlace(ID, { CgroupDriver: 'none', CgroupVersion: '2' }, '/cg')).toBeNull();
});

test('the RUN steps of image builds have a group that is known with the engine’s own driver only', () => {
  expect(buildkitFolders({ CgroupDriver: 'cgroupfs', CgroupVersion: '1' }, '/cg')?.cpu).toBe('/cg/cpu/docker/buildkit');
  expect(buildkitFolders({ CgroupDriver: 'systemd', CgroupVersion: '2' }, '/cg')).toBeNull();
});
