import { expect, test } from 'vitest';
import { explainFailure } from './failure-hints.ts';

test.each([
  [
    'npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.',
    /npm install, commit package-lock/,
  ],
  ['error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.', /commit yarn.lock/],
  [
    '➤ YN0028: │ The lockfile would have been modified by this install, which is explicitly forbidden.',
    /commit yarn.lock/,
  ],
  [' ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with "frozen-lockfile"', /commit pnpm-lock.yaml/],
  ['npm error code ETARGET', /version that does not exist/],
  ['sh: 1: webpack: not found', /The program webpack is not there/],
  ['gyp ERR! stack Error: not found: make', /no compiler yet/],
  ['npm error Missing script: "bild"', /no script "bild"/],
])('%s is explained', (line, message) => {
  expect(explainFailure(['something before', line, 'npm error code E404']).join(' ')).toMatch(message);
});

test('output that nobody knows explains nothing', () => {
  expect(explainFailure(['oh'])).toEqual([]);
});
