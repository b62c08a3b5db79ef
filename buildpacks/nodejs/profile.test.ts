import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { CONCURRENCY_PROFILE, exportFile } from './profile.ts';

const concurrency = (env: Record<string, string>): string =>
  execFileSync('bash', ['--norc', '-c', `${CONCURRENCY_PROFILE}\necho "$WEB_CONCURRENCY $WEB_MEMORY"`], {
    env: { PATH: '/usr/bin:/bin', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
    .toString()
    .trim();

describe('the profile of a Node.js dyno', () => {
  test.each([
    [{ MEMORY_AVAILABLE: '512' }, '1 512'],
    [{ MEMORY_AVAILABLE: '2560' }, '5 512'],
    [{ MEMORY_AVAILABLE: '256' }, '1 512'],
    [{ MEMORY_AVAILABLE: '30720' }, '15 2048'],
    [{ MEMORY_AVAILABLE: '1024', WEB_MEMORY: '256' }, '4 256'],
    [{ MEMORY_AVAILABLE: '1024', WEB_CONCURRENCY: '9' }, '9 512'],
  ])('makes of %j as many web processes as fit: %s', (env, expected) => {
    expect(concurrency(env as Record<string, string>)).toBe(expected);
  });
});

test('what the next buildpack sources has Node.js on its path, whatever the folder is called', () => {
  const path = execFileSync('bash', ['--norc', '-c', `${exportFile("/tmp/it's")}\necho "$PATH"`], {
    env: { PATH: '/bin' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  expect(path.toString()).toContain("/tmp/it's/.heroku/node/bin:/tmp/it's/node_modules/.bin:/bin");
});
