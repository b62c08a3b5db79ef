import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setupScript } from './setup-script.ts';

const root = mkdtempSync(join(tmpdir(), 'setup-script-'));
const official = join(root, 'official');
const SETTINGS = { port: 5000, installId: '0123456789ab', execHost: null };
const PARTS = { settings: SETTINGS, ca: 'THE CA\n', module: 'THE MODULE\n' };

beforeAll(() => {
  mkdirSync(official);
  writeFileSync(join(official, 'heroku'), '#!/bin/sh\necho "$@"\nenv\n', { mode: 0o755 });
});
afterAll(() => rmSync(root, { recursive: true }));

/** A person of their own, who ran the script; gives what they see when they type `line` into a shell. */
function person(name: string, ...hosts: readonly string[]) {
  const home = join(root, name);
  mkdirSync(home);
  const env = { HOME: home, PATH: `${official}:/usr/bin:/bin` };
  for (const host of hosts) execFileSync('/bin/sh', { env, input: setupScript({ host, ...PARTS }) });
  const type = (line: string, more: Readonly<Record<string, string>> = {}) =>
    spawnSync('/bin/sh', ['-c', line], { env: { ...env, ...more }, encoding: 'utf8' });
  return { home, type };
}

test('the heroku that it leaves is the official CLI, which trusts the platform and gives it what is meant for Heroku', () => {
  const { home, type } = person('bia', 'paas.test');
  const folder = join(home, '.config', 'jangada', 'paas.test-5000');
  const said = type(`. "${folder}/env"; heroku apps --all`, { NODE_OPTIONS: '--no-deprecation' }).stdout.split('\n');
  expect(said).toEqual(
    expect.arrayContaining([
      'apps --all',
      'HEROKU_GIT_HOST=paas.test:5000',
      'HEROKU_EXEC_URL=https://paas.test:5000/',
      'JANGADA_EXEC_HOST=127.65.35.70',
      `NODE_EXTRA_CA_CERTS=${folder}/ca.pem`,
      `NODE_OPTIONS=--import="${folder}/elsewhere.mjs" --no-deprecation`,
      'DISABLE_TELEMETRY=true',
    ]),
  );
  expect(said.find((line) => line.startsWith('HEROKU_HOST='))).toMatch(/^HEROKU_HOST=https:\/\/127\.0\.0\.1:\d+$/);
  expect(said.filter((line) => line.startsWith('HEROKU_API_KEY='))).toEqual([]);
  expect(readFileSync(join(folder, 'ca.pem'), 'utf8')).toBe(PARTS.ca);
  expect(type('git config --global http.https://paas.test:5000/.sslCAInfo').stdout).toBe(`${folder}/ca.pem\n`);
});

test('a shell that knew another platform before calls the one that it was told of last', () => {
  const { home, type } = person('caio', 'one.test', '2001:db8::2');
  const [one, two] = ['one.test-5000', '2001_db8__2-5000'].map((name) => `. "${home}/.config/jangada/${name}/env"`);
  const gitHost = (line: string): string => type(`${line}; heroku | grep GIT_HOST`).stdout.trim();
  expect(gitHost(`${one}; ${two}`)).toBe('HEROKU_GIT_HOST=[2001:db8::2]:5000');
  expect(gitHost(`${one}; ${two}; ${one}`)).toBe('HEROKU_GIT_HOST=one.test:5000');
  expect(type(`${one}; once=$PATH; ${one}; [ "$PATH" = "$once" ]`).status).toBe(0);
});

test('without the official CLI, or without the CA, it says what to do', () => {
  const { home, type } = person('davi', 'paas.test');
  const folder = `${home}/.config/jangada/paas.test-5000`;
  const lonely = type(`. "${folder}/env"; heroku apps`, { PATH: '/usr/bin:/bin' });
  expect(lonely).toMatchObject({ status: 127, stderr: expect.stringContaining('npm install -g heroku') });
  rmSync(`${folder}/ca.pem`);
  const untrusting = type(`. "${folder}/env"; heroku apps`);
  expect(untrusting).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('Run the script') });
});

test('without git, or with a folder that PATH cannot hold, it changes nothing and says why', () => {
  const { home } = person('eva');
  const script = setupScript({ host: 'paas.test', ...PARTS });
  const run = (env: Readonly<Record<string, string>>) => spawnSync('/bin/sh', { env, input: script, encoding: 'utf8' });
  expect(run({ HOME: home, PATH: official })).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('git is not'),
  });
  const odd = run({ HOME: home, PATH: '/usr/bin:/bin', XDG_CONFIG_HOME: `${home}/a:b` });
  expect(odd).toMatchObject({ status: 1, stderr: expect.stringContaining('colon') });
});

test('people who come through SSH are told how to open the way', () => {
  expect(setupScript({ host: '127.0.0.1', ...PARTS })).toContain('ssh -N -L 5000:127.0.0.1:5000 SERVER');
  expect(setupScript({ host: 'paas.test', ...PARTS })).not.toContain('ssh -N');
});
