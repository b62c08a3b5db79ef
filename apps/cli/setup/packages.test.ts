import { expect, test } from 'vitest';
import { assertInstallable, explainAptFailure, PLATFORM_REQUIREMENTS } from './packages.ts';

test('an unreachable mirror, an unknown package and a full disk are told apart', () => {
  const explain = (output: string): string => explainAptFailure(['docker.io'], output, '/log').message;
  expect(explain("Err:1 http://mirror.test trixie InRelease\n  Temporary failure resolving 'mirror.test'")).toMatch(
    /No Debian mirror/,
  );
  expect(explain("E: Package 'docker.io' has no installation candidate")).toMatch(/install any Docker Engine/);
  expect(explain('dpkg: error processing archive: No space left on device')).toMatch(/disk is full/);
  expect(explain('E: Sub-process /usr/bin/dpkg returned an error code (1)')).toMatch(/See \/log/);
});

test('another system is only refused for what it lacks, and told what', () => {
  const fedora = { name: 'Fedora 40', isDebian: false };
  expect(() => assertInstallable([], fedora)).not.toThrow();
  expect(() => assertInstallable(PLATFORM_REQUIREMENTS.slice(0, 2), fedora)).toThrow(/dockerd, haproxy/);
});
