import { expect, test } from 'vitest';
import { dockerfileComplaint } from './check-dockerfile.ts';

test.each([
  'FROM base\nADD . /app\nADD --chown=1000:1000 app.tar.gz /srv/\nRUN curl -o /x https://example.com/x',
  `FROM base\nADD --chown=app:app package.json *.lock ./\nADD --chown=$UID:\${GID} --chmod=644 --link src/é.txt "$HOME/"`,
  'FROM base AS build\nADD ["a b","/x/"]\nONBUILD ADD . /app\nFROM base\nCOPY --from=build /x /x\nCOPY --from=alpine:3 /etc /e',
  'FROM base\r\nADD ["a b", \\\r\n  # why\r\n\r\n  "/x/"]\r\nADD \\\r\n  @scope/a \\\r\n  b-1.0+c@2 /x/\r\n',
  '# syntax=docker/dockerfile:1.4\nFROM base\nCOPY a b',
  '\uFEFF# escape=`\n# syntax=docker.io/docker/dockerfile@sha256:0a\nFROM base\nADD `\n  a `\n  b /x\nADD c C:\\x\\',
  '#!/usr/bin/env build\n# check=skip=all\n\n# a comment\nFROM base\n# syntax=of the shell\nRUN true',
  'FROM base\n# ADD http://example.com/x /x\nRUN echo "ADD http://example.com"',
  'FROM base\nADD <<EOF <<-"END" /x\nADD COLUMN a\nEOF\n\thttp://example.com\n\tEND\nRUN apt-get install \\\n  adduser=1.0 add-apt:x',
  `FROM base\nRUN apt-get install \\\n${'  a:b \\\n'.repeat(200)}  c`,
  'ADD',
  `FROM base\nADD ${'a \\\n'.repeat(200)} /x`,
])('an ordinary Dockerfile is taken: %j', (text) => {
  expect(dockerfileComplaint(text)).toBeNull();
});

test.each([
  'ADD http://169.254.169.254/latest /x',
  'add ["https://example.com/x", "/x"]',
  'ADD $U /x',
  `ADD \${A}tp://example.com/x /x`,
  'AD\\\nD \\\n# a comment\n  http://example.com/x /x',
  'ONBUILD ADD http://example.com/x /x',
  'ONBUILD \u0085 ADD a http://example.com/x /x',
  ' \t\u00A0Add\thttp://example.com/x\t/x',
  // Words lose their quotes and backslashes.
  'ADD "http:"//169.254.169.254/ /x',
  'ADD http:\\//169.254.169.254/ /x',
  "ADD h'ttp'://169.254.169.254/ /x",
  // Lists are JSON, of which only the beginning counts.
  'ADD ["http:\\/\\/169.254.169.254/latest","/x"]',
  'ADD ["http:\\u002f\\u002f169.254.169.254/latest","/x"]',
  'ADD ["\\u0024X","/x"]',
  'ADD ["http://example.com/x","/x"] x',
  'ADD --link ["a", "http://example.com/x", "/x"]',
  // Sources of git.
  'ADD git@example.com:a/b.git /x',
  'ADD git@example.com/a /x',
  'ADD git://example.com/a /x',
  'ADD github.com/a/b /x',
  'ADD https://example.com/a.git#main:sub /x',
  'ADD --keep-git-dir=true https://example.com/a.git /x',
  'ADD --checksum=sha256:aa --chown=a:b https://example.com/a /x',
  'ADD --chown="a b" http://example.com/ /x',
  'ADD --chown=a\u00A0http://example.com/ /x',
  // The end of a line, and of an instruction.
  'RUN echo \\\\\nADD \\\n  http://example.com/x /x',
  'RUN echo \\\nADD http://example.com/x /x',
  'RUN cat <<E\\\nE\\\nADD http://example.com/x /x',
  'RUN cat <<EOF\necho \\\nEOF\nADD http://example.com/x /x',
  'ADD <<EOF /x\nx\nEOF\nADD http://example.com/x /x',
  'ADD <<EOF http://example.com/x /x\nEOF',
  'ADD a http://example.com/x \\\n\uFEFF',
  'ADD a \\\n#\uFEFF\n http://example.com/x /x',
  'ADD a \\\n\u00A0\n\u0085#\n http://example.com/x /x',
  'ADD a http://example.com/x \\\v\n',
  `ADD \\\n${'#\n'.repeat(200)} http://example.com/x /x`,
  `AD\\\n${'#\n'.repeat(200)}D http://example.com/x /x`,
  `ADD ${'a \\\n'.repeat(200)} http://example.com/x /x`,
])('a Dockerfile that lets the engine fetch is refused: %j', (text) => {
  expect(dockerfileComplaint(`FROM base\n${text}`)).toContain('ADD cannot fetch');
});

test('either sign may continue a line when a comment sets it', () => {
  const text = (sign: string) => `# escape=\`\nFROM base\nADD ${sign}\n http://example.com/x /x`;
  expect(dockerfileComplaint(text('`'))).toContain('ADD cannot fetch');
  expect(dockerfileComplaint(text('\\'))).toContain('ADD cannot fetch');
});

test('a carriage return that ends no line is refused: versions of BuildKit do not agree on it', () => {
  expect(dockerfileComplaint('FROM base\nADD a \\\r\r\n http://example.com/x /x')).toContain('carriage return');
});

test.each([
  '#syntax = evil/frontend:1',
  '# escape=\\\n# SYNTAX=docker/dockerfile.evil.example/x',
  '# a comment\n# syntax=evil/frontend',
  '# a1=b\n# syntax=evil/frontend',
  '# syntax=docker/dockerfile:1\n# syntax=evil/frontend',
  '#!x\n# syntax=evil/frontend',
  '// syntax=evil/frontend',
  '#!x\n//check=a\n//\u0085syntax=evil/frontend x',
  '\uFEFF# syntax=evil/frontend',
  '{"syntax": "evil/frontend"}',
  '\uFEFF#!x\n\n {"a": 1,\n"syntax": "evil/frontend"}',
])('a frontend of a stranger is refused, whatever is written around it: %j', (text) => {
  expect(dockerfileComplaint(`${text}\nFROM base`)).toContain('not offered');
});

test('a large Dockerfile is looked at once, not once for each of its lines: that would take minutes', () => {
  const beginnings = [
    'ADD \\\n',
    'a\\\n',
    'ONBUILD \\\n',
    `ADD${' a'.repeat(4_000)} \\\n`,
    `A${' '.repeat(400_000)}D `,
  ];
  for (const text of [...beginnings, `ONBUILD${' '.repeat(400_000)}A\\\n${'\\\n'.repeat(200_000)}`, '# syntax\n']) {
    expect(dockerfileComplaint(text.repeat(1_000_000 / text.length))).toBeNull();
  }
});
