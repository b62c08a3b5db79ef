import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeLayout } from '@jangada/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CliConfig } from '../config.ts';
import { writeShims } from './client-shim.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-'));
const home = homeLayout(folder);

beforeAll(() => writeShims({ home, root: '/nonexistent/checkout' } as CliConfig));
afterAll(() => rmSync(folder, { recursive: true }));

function credentials(operation: string, input: string): string {
  const env = { PATH: '/usr/bin:/bin', HEROKU_HOST: 'http://127.0.0.1:5000', HEROKU_API_KEY: 'HRKU-1' };
  return execFileSync(join(home.bin, 'heroku'), ['git:credentials', operation], { env, input, encoding: 'utf8' });
}

test('git gets the token of the environment for our git host', () => {
  const answer = 'protocol=https\nhost=127.0.0.1:5000\nusername=heroku\npassword=HRKU-1\n';
  expect(credentials('get', 'protocol=https\nhost=127.0.0.1:5000\n\n')).toBe(answer);
  expect(credentials('get', 'protocol=https\nhost=127.0.0.1:5000\n')).toBe(answer);
});

test('nobody else gets the token, and nothing is stored', () => {
  expect(credentials('get', 'protocol=https\nhost=github.com\n\n')).toBe('');
  expect(credentials('get', 'protocol=http\nhost=127.0.0.1:5000\n\n')).toBe('');
  expect(credentials('store', 'protocol=https\nhost=127.0.0.1:5000\n\n')).toBe('');
});

test('commands that ask hosts of Heroku go through jangada heroku, with this home', () => {
  for (const command of ['ps:autoscale:enable', 'apps:favorites', 'notifications']) {
    expect(() => execFileSync(join(home.bin, 'heroku'), [command], { stdio: 'pipe' })).toThrow(
      /checkout\/bin\/jangada/,
    );
  }
  expect(readFileSync(join(home.bin, 'heroku'), 'utf8')).toContain(`JANGADA_HOME=${folder}\n`);
});

test('every other command is the official CLI', () => {
  expect(() => execFileSync(join(home.bin, 'heroku'), ['apps'], { stdio: 'pipe' })).toThrow(/nonexistent\/checkout/);
});

test('the registry of the CLI is our host for docker, and all else reaches docker as it was', () => {
  writeFileSync(join(folder, 'docker'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
  const env = { PATH: `${home.bin}:${folder}:/usr/bin:/bin` };
  const tag = (registry: string) => [registry, 'a b', '', '-t', `${registry}/shop/web`, 'registry.example.com/x'];
  const given = execFileSync(join(home.bin, 'docker'), tag('registry.http://127.0.0.1:5000'), {
    env,
    encoding: 'utf8',
  });
  expect(given).toBe(`${tag('127.0.0.1:5000').join('\n')}\n`);
});
