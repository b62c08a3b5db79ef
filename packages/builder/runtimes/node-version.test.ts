import { describe, expect, test } from 'vitest';
import { chooseNodeVersion, chooseNpmVersion } from './node-version.ts';

const versions = {
  published: ['18.20.8', '20.19.0', '20.20.2', '22.23.3', '24.21.0', '26.10.0', '26.0.0-rc.1'],
  present: ['24.20.0'],
  platform: '24.21.0',
};
const choose = (range: string | null, wide = false): string => chooseNodeVersion(range, versions, wide);

describe('the version of Node.js', () => {
  test('is the platform’s own when none is asked for', () => {
    expect(choose(null)).toBe('24.21.0');
    expect(choose(' ')).toBe('24.21.0');
  });

  test.each([
    ['20.x', '20.20.2'],
    ['^20.19.0', '20.20.2'],
    ['20.19.0', '20.19.0'],
    ['v22', '22.23.3'],
    ['lts/iron', '20.20.2'],
    ['lts/*', '24.21.0'],
    ['26', '26.10.0'],
    ['18 || 20', '20.20.2'],
  ])('for %s is the highest match: %s', (range, version) => {
    expect(choose(range)).toBe(version);
  });

  test('of an open range stays within the LTS line unless wide ranges are allowed', () => {
    expect(choose('>=18')).toBe('24.21.0');
    expect(choose('>=18', true)).toBe('26.10.0');
    expect(choose('>=25')).toBe('26.10.0');
  });

  test('that does not exist is an error that says which there are', () => {
    expect(() => choose('99.x')).toThrow('matches "99.x". Versions published: 26.10.0, 24.21.0, 22.23.3');
    expect(() => choose('bad range!')).toThrow(/is not a version or range/);
  });

  test('comes from what is on the server while the registry is away', () => {
    const offline = { published: [], present: ['22.1.0'], platform: '24.21.0' };
    expect(chooseNodeVersion('22', offline)).toBe('22.1.0');
    expect(() => chooseNodeVersion('20', offline)).toThrow(/registry cannot be reached: 24.21.0, 22.1.0/);
  });
});

describe('the npm that comes with a Node.js', () => {
  const published = {
    '6.14.18': {},
    '8.19.4': { engines: { node: '^12.13.0 || ^14.15.0 || >=16.0.0' } },
    '10.8.0': { engines: { node: '^18.17.0 || >=20.5.0' } },
    '10.9.0-pre.1': {},
    '11.6.2': { engines: { node: '^20.17.0 || >=22.9.0' } },
    '12.2.0': { engines: { node: '>=24' } },
  };

  test.each([
    ['24.21.0', '11.6.2'],
    ['22.23.3', '10.8.0'],
    ['18.16.0', '8.19.4'],
    ['16.20.2', '8.19.4'],
    ['14.0.0', '6.14.18'],
  ])('%s is %s', (node, npm) => {
    expect(chooseNpmVersion(node, published)).toBe(npm);
  });

  test('is none when nothing fits', () => {
    expect(chooseNpmVersion('24.0.0', {})).toBeNull();
  });
});
