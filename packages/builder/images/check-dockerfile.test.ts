import { expect, test } from 'vitest';
import { dockerfileComplaint } from './check-dockerfile.ts';

test.each([
  'FROM base\nADD . /app\nADD --chown=1000:1000 app.tar.gz /srv/\nRUN curl -o /x https://example.com/x',
  '# syntax=docker/dockerfile:1.4\nFROM base\nCOPY a b',
  '# a comment\n# syntax=nobody/looks:here\nFROM base',
  'FROM base\n# ADD http://example.com/x /x\nRUN echo "ADD http://example.com"',
])('an ordinary Dockerfile is taken: %j', (text) => {
  expect(dockerfileComplaint(text)).toBeNull();
});

test.each([
  'FROM base\nADD http://169.254.169.254/latest /x',
  'FROM base\nadd ["https://example.com/x", "/x"]',
  'ARG U\nFROM base\nADD $U /x',
  'FROM base\nAD\\\nD \\\n# a comment\n  http://example.com/x /x',
  '# escape=`\nFROM base\nADD `\n http://example.com/x /x',
  'FROM base\nONBUILD ADD http://example.com/x /x',
  'FROM base\nADD git@example.com:a/b.git /x',
  'FROM base\nADD --keep-git-dir=true https://example.com/a.git /x',
])('a Dockerfile that lets the engine fetch is refused: %j', (text) => {
  expect(dockerfileComplaint(text)).toContain('ADD cannot fetch');
});

test('a frontend of a stranger is refused, whatever is written around it', () => {
  expect(dockerfileComplaint('#syntax = evil/frontend:1\nFROM base')).toContain('evil/frontend:1');
  expect(dockerfileComplaint('# escape=\\\n# SYNTAX=docker/dockerfile.evil.example/x\nFROM base')).toContain(
    'not offered',
  );
});
