import { expect, test } from 'vitest';
import { readBuildOptions } from './build-options.ts';

test('the operator’s file is read', () => {
  const text = JSON.stringify({
    environment: { PIP_INDEX_URL: 'https://me:secret@mirror.example/simple' },
    mirrors: { 'https://nodejs.org/': 'http://mirror.example/node/' },
    download_hosts: ['Git.Example.Internal', '10.0.0.5'],
  });
  expect(readBuildOptions(text)).toEqual({
    environment: { PIP_INDEX_URL: 'https://me:secret@mirror.example/simple' },
    mirrors: { 'https://nodejs.org/': 'http://mirror.example/node/' },
    downloadHosts: ['git.example.internal', '10.0.0.5'],
  });
  expect(readBuildOptions('{}')).toEqual({ environment: {}, mirrors: {}, downloadHosts: [] });
});

test.each([
  ['{', 'It is not JSON.'],
  ['[]', 'The file must be an object'],
  ['{"env": {}}', 'no field "env"'],
  ['{"environment": {"A-B": "x"}}', '"A-B" in environment cannot name'],
  ['{"environment": {"PATH": "/x"}}', 'PATH in environment is what the platform itself sets'],
  ['{"environment": {"A": 1}}', 'A in environment must be one line'],
  ['{"mirrors": {"https://nodejs.org": "http://mirror/"}}', 'each ending with a slash'],
  ['{"mirrors": {"https://nodejs.org/": "http://mi rror/"}}', 'each ending with a slash'],
  ['{"download_hosts": "x"}', 'download_hosts must be a list'],
])('%s is refused', (text, message) => {
  expect(() => readBuildOptions(text)).toThrow(message);
});

test('what is wrong is said without the values, which may be secret', () => {
  const wrong = ['{"environment": {"A": ["secret"]}}', '{"environment": {"A": "secret', '{"mirrors": {"secret": "x"}}'];
  for (const text of wrong) expect(() => readBuildOptions(text)).toThrow(/^(?!.*secret)/);
});
