import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SETTINGS, homeLayout, type Settings } from '@jangada/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CliConfig } from '../config.ts';
import { ensureCertificates } from '../setup/certificates.ts';
import { client } from './client.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PUBLIC: Settings = { ...DEFAULT_SETTINGS, installId: 'aaaaaaaaaaaa', bind: '0.0.0.0' };
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'client-'));
  await mkdir(homeLayout(root).tls);
});
afterAll(() => rm(root, { recursive: true }));

/** What the command prints and notes in an installation with these settings. */
async function printed(settings: Settings, ...args: string[]): Promise<{ script: string; note: string }> {
  const home = homeLayout(root);
  await writeFile(home.settings, JSON.stringify(settings));
  await ensureCertificates(home, settings, process.env, new AbortController().signal);
  const said = { script: '', note: '' };
  await client.run(args, {
    config: { home, root: ROOT } as CliConfig,
    print: (line) => {
      said.script += line;
    },
    progress: (text) => {
      said.note += text;
    },
  });
  return said;
}

test('the script is for the host of the settings, or for another one that the certificate names', async () => {
  const settings = { ...PUBLIC, host: '127.0.0.9', domain: 'apps.test' };
  const { script, note } = await printed(settings);
  expect(script).toContain('HEROKU_GIT_HOST=127.0.0.9:5000');
  expect(script).toContain('BEGIN CERTIFICATE');
  expect(script).not.toContain('PRIVATE KEY');
  expect(note).toBe('');
  expect((await printed(settings, 'paas.apps.test')).script).toContain('HEROKU_GIT_HOST=paas.apps.test:5000');
  expect((await printed({ ...settings, host: null })).script).toContain('HEROKU_GIT_HOST=apps.test:5000');
});

test('people who come through SSH need no public address', async () => {
  expect((await printed({ ...PUBLIC, bind: '127.0.0.1' }, '127.0.0.1')).script).toContain('ssh -N -L');
});

test('an address of another machine is noted, because it may lead here', async () => {
  const { script, note } = await printed({ ...PUBLIC, host: '192.0.2.77' });
  expect(script).toContain('HEROKU_GIT_HOST=192.0.2.77:5000');
  expect(note).toContain('192.0.2.77 is no address of this machine');
});

test.each<[string, Partial<Settings>, string[], RegExp]>([
  ['no host at all', {}, [], /Say by which name or address .* JANGADA_HOST=HOST bin\/jangada up/],
  ['a URL', {}, ['https://paas.test'], /without a port, not "https:\/\/paas.test"/],
  ['two hosts', {}, ['a.test', 'b.test'], /one host name/],
  [
    'a host that the certificate does not name',
    {},
    ['b.test'],
    /not good for b.test.*JANGADA_HOST=b.test bin\/jangada up/,
  ],
  [
    'a platform that listens on the loopback',
    { bind: '127.0.0.1', host: 'b.test' },
    [],
    /JANGADA_BIND=0.0.0.0.*through SSH/,
  ],
])('%s: the error says what to do', async (_what, settings, args, message) => {
  await expect(printed({ ...PUBLIC, ...settings }, ...args)).rejects.toThrow(message);
});
