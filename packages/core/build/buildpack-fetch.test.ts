import { expect, test } from 'vitest';
import { type BuildpackNames, fetchLine, planBuildpackFetch, planBuildpacksFile } from './buildpack-fetch.ts';
import { parseBuildpackAddress } from './require-buildpack-address.ts';

const names: BuildpackNames = {
  builtIn: ['nodejs', 'static'],
  registered: {
    'acme/rust': 'https://git.example/rust.git#v2',
    'acme/zig': 'https://files.example/zig.tgz',
    'heroku/static': 'file:heroku/static.tgz',
  },
  registry: 'https://registry.example/b',
};
const line = (address: string): string => fetchLine(planBuildpackFetch(parseBuildpackAddress(address), names));

test('a name is the operator’s buildpack first, then a built-in one, then one of the registry', () => {
  expect(line('acme/rust')).toBe('git\thttps://git.example/rust.git\tv2\tacme/rust');
  expect(line('Acme/Zig')).toBe('archive\thttps://files.example/zig.tgz\t-\tAcme/Zig');
  expect(line('heroku/static')).toBe('registered\theroku/static.tgz\t-\theroku/static');
  expect(line('heroku/nodejs')).toBe('builtin\tnodejs\t-\theroku/nodejs');
  expect(line('heroku/scala')).toBe('archive\thttps://registry.example/b/heroku/scala.tgz\t-\theroku/scala');
  expect(line('other/nodejs')).toBe('archive\thttps://registry.example/b/other/nodejs.tgz\t-\tother/nodejs');
});

test('a URL is fetched from where it points, with its ref and without its credentials in what people read', () => {
  expect(line('https://me:secret@x.example/y.git#v1')).toBe(
    'git\thttps://me:secret@x.example/y.git\tv1\thttps://x.example/y.git#v1',
  );
  expect(line('https://x.example/y')).toBe('git\thttps://x.example/y\t-\thttps://x.example/y');
  expect(line('https://x.example/y.tgz')).toBe('archive\thttps://x.example/y.tgz\t-\thttps://x.example/y.tgz');
});

test('a .buildpacks file names one a line, comments and blank lines aside', () => {
  expect(planBuildpacksFile('# first\r\nheroku/nodejs\r\n\r\nhttps://x.example/y#main\n', names)).toEqual([
    'builtin\tnodejs\t-\theroku/nodejs',
    'git\thttps://x.example/y\tmain\thttps://x.example/y#main',
  ]);
  expect(() => planBuildpacksFile('heroku/nodejs\nno\n', names)).toThrow('In .buildpacks, "no" is not a buildpack.');
});
