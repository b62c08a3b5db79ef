import { describe, expect, test } from 'vitest';
import { choosePackageManager, explainFailure } from './package-manager.ts';
import { type VersionFiles, wantedPython } from './version.ts';

const none: VersionFiles = { 'runtime.txt': null, '.python-version': null, 'Pipfile.lock': null };
const pipfile = (requires: object): string => JSON.stringify({ _meta: { requires } });

describe('the Python of an app', () => {
  test.each([
    [{ 'runtime.txt': 'python-3.12.4\n' }, '3.12.4'],
    [{ '.python-version': '# ours\n3.13 # newest\n\n' }, '3.13'],
    [{ '.python-version': '3.13', 'runtime.txt': 'python-3.11' }, '3.11'],
    [{ 'Pipfile.lock': pipfile({ python_version: '3.12' }) }, '3.12'],
    [{ 'Pipfile.lock': pipfile({ python_version: '3.12', python_full_version: '3.12.1' }) }, '3.12.1'],
    [{ 'Pipfile.lock': pipfile({ python_version: '*' }) }, null],
  ])('is read from %j', (files, version) => {
    expect(wantedPython({ ...none, ...files }, null).version).toBe(version);
  });

  test('stays that of the last build when the app does not say', () => {
    expect(wantedPython(none, '3.12')).toEqual({ version: '3.12', from: 'the last build' });
    expect(wantedPython(none, null).version).toBeNull();
  });

  test.each([
    [{ 'runtime.txt': 'ruby-3.3' }, /runtime\.txt says "ruby-3\.3"/],
    [{ '.python-version': '\n# nothing\n' }, /is empty/],
    [{ '.python-version': '3.12\n3.13\n' }, /has 2 versions/],
    [{ '.python-version': '3.13.0rc1' }, /no version of Python/],
    [{ 'Pipfile.lock': '{' }, /no valid JSON/],
    [{ 'Pipfile.lock': pipfile({ python_version: '>=3.9' }) }, /requires Python ">=3\.9"/],
  ])('is refused in %j', (files, message) => {
    expect(() => wantedPython({ ...none, ...files }, null)).toThrow(message);
  });
});

describe('the package manager of an app', () => {
  test('is that of its one lockfile, otherwise pip', () => {
    expect(choosePackageManager(['uv.lock', 'pyproject.toml'])).toMatchObject({ name: 'uv', file: 'uv.lock' });
    expect(choosePackageManager(['Pipfile', 'Pipfile.lock'])).toMatchObject({ name: 'pipenv' });
    expect(choosePackageManager(['setup.py'])).toMatchObject({ name: 'pip', file: 'setup.py' });
  });

  test('is asked for when it cannot be known', () => {
    expect(() => choosePackageManager(['uv.lock', 'requirements.txt'])).toThrow(/requirements\.txt, uv\.lock/);
    expect(() => choosePackageManager(['Pipfile'])).toThrow(/Run "pipenv lock"/);
    expect(() => choosePackageManager(['pyproject.toml'])).toThrow(/Run "uv lock" or "poetry lock"/);
    expect(() => choosePackageManager(['main.py'])).toThrow(/Add a requirements\.txt/);
  });

  test.each([
    ["error: command 'gcc' failed: No such file or directory", /its compiler is not in the build image/],
    ['src/x.c:3:10: fatal error: mysql.h: No such file or directory', /C header mysql\.h/],
    ['ERROR: No matching distribution found for tide==9', /no version of tide==9/],
    ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.', /not what its hash says/],
    ['Your Pipfile.lock (f32ca1) is out of date.', /lock again/],
  ])('that fails with "%s" is explained', (line, advice) => {
    expect(explainFailure(['something', line]).join(' ')).toMatch(advice);
    expect(explainFailure(['something else'])).toEqual([]);
  });
});
