import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Home, readSettings, type Settings } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { runProgram } from '../process/run-program.ts';

/** The first account. Its file is how the control plane learns of it and how the CLI acts as it. */
export interface FirstAccount {
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Path of the first account's file, mode 600. */
export function accountFile(home: Home): string {
  return `${home.root}/account.json`;
}

/** Settings of an installation that was set up. Throws `not_found` before the first `npm start`. */
export async function loadSettings(home: Home): Promise<Settings> {
  const saved = await savedSettings(home);
  if (!saved) {
    throw new PlatformError(
      'not_found',
      `There is no installation in ${home.root}. Run "npm start" first, or set JANGADA_HOME to where one is.`,
    );
  }
  return readSettings({}, saved);
}

/** Throws `not_found` before the first `npm start`. */
export async function loadAccount(home: Home): Promise<FirstAccount> {
  const text = await readFile(accountFile(home), 'utf8').catch(() => null);
  if (text === null) throw new PlatformError('not_found', `${accountFile(home)} is missing. Run "npm start" first.`);
  return JSON.parse(text) as FirstAccount;
}

/** Remembers other secrets of the first account. */
export async function saveAccount(home: Home, { email, password, token }: FirstAccount): Promise<void> {
  await replaceFile(accountFile(home), `${JSON.stringify({ email, password, token }, null, 2)}\n`);
}

/** Settings as this start wants them: what was saved, changed by the environment. Writes nothing. */
export async function wantedSettings(home: Home, env: Env): Promise<Settings> {
  const saved = await savedSettings(home);
  return readSettings(env, saved ?? { installId: randomBytes(6).toString('hex') });
}

async function savedSettings(home: Home): Promise<Settings | null> {
  const text = await readFile(home.settings, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return JSON.parse(text) as Settings;
  } catch {
    throw new PlatformError(
      'invalid_params',
      `${home.settings} is damaged. Restore it from a backup; it names this installation and its ports.`,
    );
  }
}

/** Folders, settings, master key, first account. What is there stays as it is. */
export async function makeIdentity(home: Home, settings: Settings, env: Env): Promise<FirstAccount> {
  await mkdir(home.root, { recursive: true });
  // The database's user passes through; nothing else of other users' business is readable.
  await chmod(home.root, 0o711);
  for (const folder of [home.run, home.bin]) await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const folder of [home.tls, dirname(home.masterKey), home.processLogs]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await replaceFile(home.settings, `${JSON.stringify(settings, null, 2)}\n`);
  await createFile(home.masterKey, randomBytes(32));
  const email = env['JANGADA_ACCOUNT_EMAIL'] || `admin@${settings.domain}`;
  const account: FirstAccount = {
    email,
    password: randomBytes(15).toString('base64url'),
    token: `HRKU-${randomUUID()}`,
  };
  await createFile(accountFile(home), `${JSON.stringify(account, null, 2)}\n`);
  return loadAccount(home);
}

/** The unprivileged user of the embedded database. */
export async function ensureSystemUser(name: string, signal: AbortSignal): Promise<void> {
  const users = await readFile('/etc/passwd', 'utf8');
  if (users.split('\n').some((line) => line.startsWith(`${name}:`))) return;
  const argv = [
    'useradd',
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    name,
  ];
  const ended = await runProgram(argv as [string, ...string[]], { signal });
  // 9: another installation made it meanwhile.
  if (ended.code !== 0 && ended.code !== 9) {
    throw new PlatformError('internal_server_error', `The system user "${name}" could not be made: ${ended.output}`);
  }
}

/** Writes a new file with mode 600, complete or not at all. A file that exists stays. */
async function createFile(path: string, content: string | Buffer): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, content, { mode: 0o600 });
  await link(partial, path).catch((error: Error & { code?: string }) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(partial, { force: true });
}

/** Replaces a file with mode 600, complete or not at all. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, content, { mode: 0o600 });
  await rename(partial, path);
}
