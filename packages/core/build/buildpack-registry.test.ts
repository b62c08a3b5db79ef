import { expect, test } from 'vitest';
import {
  formatBuildpackRegistry,
  readBuildpackRegistry,
  registerBuildpack,
  unregisterBuildpack,
} from './buildpack-registry.ts';

const at = (day: number): Date => new Date(Date.UTC(2026, 0, day));
const git = 'https://git.example/rust.git';

test('a buildpack is registered, gets versions, is read back from its file and goes again', () => {
  const asked = { name: 'Acme/Rust', url: `${git}#v1`, description: 'Rust apps' };
  const first = registerBuildpack([], asked, at(1));
  const second = registerBuildpack(first, { ...asked, url: `${git}#v2`, description: null }, at(2));
  expect(readBuildpackRegistry(formatBuildpackRegistry(second))).toEqual([
    {
      name: 'acme/rust',
      description: 'Rust apps',
      versions: [
        { url: `${git}#v1`, createdAt: at(1) },
        { url: `${git}#v2`, createdAt: at(2) },
      ],
    },
  ]);
  expect(unregisterBuildpack(second, 'acme/rust')).toEqual([]);
  expect(() => unregisterBuildpack([], 'acme/rust')).toThrow('No buildpack acme/rust is registered.');
});

test.each([
  ['a name without a namespace', 'rust', git, 'cannot name a buildpack'],
  ['a path', '../../etc/x', git, 'cannot name a buildpack'],
  ['no URL', 'acme/rust', 'not a url', 'is not a buildpack'],
  ['another name', 'acme/rust', 'heroku/nodejs', 'is a name itself'],
])('%s is refused', (_case, name, url, message) => {
  expect(() => registerBuildpack([], { name, url, description: null }, at(1))).toThrow(message);
});

test.each([
  ['{', 'not JSON'],
  ['[]', 'must be an object'],
  ['{"a/b": {"versions": []}}', 'needs a list of versions'],
  ['{"a/b": {"versions": [{"url": "https://x.example/y", "created_at": "soon"}]}}', 'no time'],
  ['{"a/b": {"versions": [{}]}}', 'has no url'],
])('the file %s is refused', (text, message) => {
  expect(() => readBuildpackRegistry(text)).toThrow(message);
});

test('an empty file is an empty registry', () => {
  expect(readBuildpackRegistry('\n')).toEqual([]);
});
