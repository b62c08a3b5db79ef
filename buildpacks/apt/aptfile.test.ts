import { expect, test } from 'vitest';
import { readAptfile } from './aptfile.ts';
import { aptProfile } from './environment.ts';

test('an Aptfile has packages, files and repositories, and comments', () => {
  const text = `# tools
figlet
libpq5=17.2-1 imagemagick # two on a line

https://example.com/a/tool_1.2_amd64.deb
:repo:deb [signed-by=keys/vendor.asc arch=amd64] https://apt.example.com stable main
:repo:deb [trusted=yes] http://apt.example.com/flat ./
`;
  expect(readAptfile(text.replaceAll('\n', '\r\n'), '/tmp/build_1')).toEqual({
    packages: ['figlet', 'libpq5=17.2-1', 'imagemagick'],
    urls: ['https://example.com/a/tool_1.2_amd64.deb'],
    repositories: [
      'deb [signed-by=/tmp/build_1/keys/vendor.asc arch=amd64] https://apt.example.com stable main',
      'deb [trusted=yes] http://apt.example.com/flat ./',
    ],
  });
});

test.each([
  ['-o=APT::Get::AllowUnauthenticated=1', /Line 1 .* not understood/],
  ['hello\n$(reboot)', /Line 2 .* not understood/],
  [':repo:ppa:someone/things', /Line 1 .* has no repository/],
  [':repo:deb https://apt.example.com stable main', /without a key/],
])('a line that is none is refused: %s', (text, message) => {
  expect(() => readAptfile(text, '/app')).toThrow(message);
});

test('the profile puts the packages before what is there, and leaves no empty entry behind', () => {
  const profile = aptProfile('x64');
  expect(profile).toContain('export PATH="$jangada_root/.apt/usr/bin:');
  expect(profile).toContain('$jangada_root/.apt/usr/lib/x86_64-linux-gnu:');
  expect(profile).toContain(`\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`);
});
