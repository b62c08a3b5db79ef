import { describe, expect, test } from 'vitest';
import { buildFailureLines, buildFailureSentence } from './build-failure.ts';
import {
  alreadyBuiltLines,
  buildHeadingLines,
  compressedLine,
  launchLines,
  phaseLines,
  processTypeLines,
  pushHeadingLines,
  pushRejectedLines,
  releaseCommandEndLine,
} from './transcript.ts';

test('where the time of a build went is told in one line, or slowest first', () => {
  const phases = [
    { name: 'unpack', seconds: 0.31 },
    { name: 'compile heroku/nodejs', seconds: 12.04 },
  ];
  expect(phaseLines([], 'slowest-first')).toEqual([]);
  expect(phaseLines(phases, 'in-order')).toEqual(['       Took 12.3 s: unpack 0.3, compile heroku/nodejs 12.0']);
  expect(phaseLines(phases, 'slowest-first')).toEqual([
    '       Where the time went:',
    '          12.0 s  compile heroku/nodejs',
    '           0.3 s  unpack',
  ]);
});

describe('the transcript of a push', () => {
  test('begins with the source', () => {
    expect(pushHeadingLines({ paths: 25, commit: 'd99bfd5aa00' })).toEqual([
      'Updated 25 paths from d99bfd5',
      'Compressing source files... done.',
      'Building source:',
      '',
    ]);
  });

  test('names the stack and how the buildpack is found', () => {
    expect(buildHeadingLines('heroku-24', [])).toEqual([
      '-----> Building on the Heroku-24 stack',
      '-----> Determining which buildpack to use for this app',
    ]);
    expect(buildHeadingLines('heroku-24', ['heroku/python'])[1]).toBe('-----> Using buildpack: heroku/python');
    expect(buildHeadingLines('heroku-24', ['a/b', 'c/d']).slice(1)).toEqual([
      '-----> Using buildpacks:',
      '       1. a/b',
      '       2. c/d',
    ]);
  });

  test('lists process types in alphabetical order', () => {
    expect(processTypeLines({ worker: 'x', web: 'y' }, {})).toEqual([
      '-----> Discovering process types',
      '       Procfile declares types -> web, worker',
      '',
    ]);
  });

  test('tells the default types of an app without a Procfile', () => {
    expect(processTypeLines(null, { web: 'npm start' })).toEqual([
      '-----> Discovering process types',
      '       Procfile declares types     -> (none)',
      '       Default types for buildpack -> web',
      '',
    ]);
  });

  test('tells the default types that a Procfile does not declare', () => {
    expect(processTypeLines({ web: 'x' }, { web: 'y', rake: 'z', console: 'c' }).slice(1, 3)).toEqual([
      '       Procfile declares types     -> web',
      '       Default types for buildpack -> console, rake',
    ]);
  });

  test('gives the size of the slug', () => {
    expect(compressedLine(38_273_024)).toBe('       Done: 36.5M');
    expect(compressedLine(176_000)).toBe('       Done: 172K');
  });

  test('ends with the release', () => {
    expect(launchLines({ version: 7, url: 'https://x.herokuapp.com/', hasReleaseCommand: true })).toEqual([
      '-----> Launching...',
      ' !     Release command declared: this new release will not be available until the command succeeds.',
      '       Released v7',
      '       https://x.herokuapp.com/ deployed to Heroku',
      '',
    ]);
    expect(releaseCommandEndLine(false)).toBe('Waiting for release.... failed.');
  });

  test('has a tab after the mark of a rejection', () => {
    expect(pushRejectedLines('x')).toContain('!\tPush rejected to x.');
  });

  test('says when the commit was built before', () => {
    expect(alreadyBuiltLines('abc')[1]).toBe(
      ' ! ## Warning - The same version of this code has already been built: abc',
    );
  });
});

describe('a failed build', () => {
  test('of a compile that fails names the app', () => {
    expect(buildFailureLines({ kind: 'compile_failed', app: 'Node.js' })).toEqual([
      ' !     Push rejected, failed to compile Node.js app.',
      ' !',
      ' !     Push failed',
    ]);
  });

  test('without a language gives the hint', () => {
    expect(buildFailureLines({ kind: 'no_language' })).toEqual([
      ' !     No default language could be detected for this app.',
      '\t\t\tHINT: This occurs when Heroku cannot detect the buildpack to use for this application automatically.',
      '\t\t\tSee https://devcenter.heroku.com/articles/buildpacks',
      ' !     Push failed',
    ]);
  });

  test('has one sentence for its record', () => {
    expect(buildFailureSentence({ kind: 'not_compatible', buildpack: 'heroku/go' })).toBe(
      'App not compatible with buildpack: heroku/go',
    );
    expect(buildFailureSentence({ kind: 'cancelled' })).toBe('Push rejected, the build was cancelled.');
  });
});
