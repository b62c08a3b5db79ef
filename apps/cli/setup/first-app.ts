import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { appUrl, defaultHostname, type Settings, tlsFilesOf } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CliConfig } from '../config.ts';
import { API_HOST, apiUrl, webHost } from '../platform/addresses.ts';
import { withoutProxyFor } from '../platform/client-environment.ts';
import { runProgram } from '../process/run-program.ts';
import type { FirstAccount } from './identity.ts';
import type { Say } from './steps.ts';

const NAME = 'hello';
const ANSWERS_WITHIN_MS = 60_000;

/** Remembers that the first app was deployed, so that an app which its owner destroyed does not come back. */
function markerOf(config: CliConfig): string {
  return join(config.home.root, 'first-app.json');
}

/** URL of the first app when it was deployed. */
export async function deployedFirstApp(config: CliConfig): Promise<string | null> {
  const text = await readFile(markerOf(config), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as { url: string }).url;
}

/** Deploys the example the way people deploy: `git push`. Only the first time. Resolves with what happened. */
export async function deployFirstApp(
  config: CliConfig,
  settings: Settings,
  account: FirstAccount,
  say: Say,
  signal: AbortSignal,
): Promise<string> {
  if (config.env['JANGADA_SKIP_EXAMPLE']) return 'skipped (JANGADA_SKIP_EXAMPLE)';
  const known = await deployedFirstApp(config);
  if (known) return 'deployed before';
  say('creating the app');
  await createApp(settings, account, signal);
  await pushExample(config, settings, account, say, signal);
  say('waiting for its first answer');
  await awaitAnswer(settings, signal);
  const url = appUrl(settings, NAME);
  await writeFile(markerOf(config), `${JSON.stringify({ name: NAME, url })}\n`);
  return url;
}

async function createApp(settings: Settings, account: FirstAccount, signal: AbortSignal): Promise<void> {
  const headers = {
    accept: 'application/vnd.heroku+json; version=3',
    authorization: `Bearer ${account.token}`,
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ name: NAME });
  const created = await fetch(`${apiUrl(settings)}/apps`, { method: 'POST', headers, body, signal });
  if (created.ok) return;
  // An earlier, interrupted start made it.
  const found = await fetch(`${apiUrl(settings)}/apps/${NAME}`, { headers, signal });
  if (found.ok) return;
  const { message } = (await created.json().catch(() => ({}))) as { message?: string };
  throw new PlatformError(
    'internal_server_error',
    `The first app could not be created: ${message ?? `status ${created.status}`}`,
  );
}

async function pushExample(
  config: CliConfig,
  settings: Settings,
  account: FirstAccount,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-hello-'));
  const log = join(config.home.processLogs, 'up.log');
  try {
    await cp(join(config.root, 'examples', 'node-hello'), folder, {
      recursive: true,
      filter: (path) => !path.includes('node_modules'),
    });
    const env = gitEnvironment(config, account);
    const git = async (...args: string[]) => {
      const onLine = (line: string): void =>
        say(
          line
            .replace(/^remote:\s*/, '')
            .trim()
            .slice(0, 60),
        );
      return runProgram(['git', ...args], { cwd: folder, env, log, signal, onLine });
    };
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '--all');
    await git('commit', '--quiet', '--message=A first app');
    const pushed = await git('push', '--force', `https://${API_HOST}:${settings.port}/${NAME}.git`, 'main');
    if (pushed.code === 0) return;
    const reason =
      pushed.output
        .split('\n')
        .filter((line) => /!|fatal:|error:/.test(line))
        .at(0) ?? `exit status ${pushed.code}`;
    throw new PlatformError(
      'internal_server_error',
      `git push of the first app failed: ${reason.replace(/^remote:\s*/, '').trim()} See ${log}.`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Nothing of the machine's own git settings, the platform's certificate trusted, the token in a header and not in argv. */
function gitEnvironment(config: CliConfig, account: FirstAccount): Record<string, string | undefined> {
  const basic = Buffer.from(`heroku:${account.token}`).toString('base64');
  return {
    ...config.env,
    ...withoutProxyFor(API_HOST, config.env),
    GIT_SSL_CAINFO: tlsFilesOf(config.home).bundle,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
    GIT_AUTHOR_NAME: 'Jangada',
    GIT_AUTHOR_EMAIL: account.email,
    GIT_COMMITTER_NAME: 'Jangada',
    GIT_COMMITTER_EMAIL: account.email,
  };
}

async function awaitAnswer(settings: Settings, signal: AbortSignal): Promise<void> {
  const until = Date.now() + ANSWERS_WITHIN_MS;
  let status = 0;
  while (Date.now() < until) {
    status = await statusOf(settings);
    if (status === 200) return;
    await delay(100, undefined, { signal });
  }
  throw new PlatformError(
    'internal_server_error',
    `The first app was deployed but answers ${status || 'nothing'} at ${appUrl(settings, NAME)}. See "bin/jangada heroku logs -a ${NAME}".`,
  );
}

/** Asks the router by the app's host name, whatever this machine's resolver makes of it. */
function statusOf(settings: Settings): Promise<number> {
  return new Promise((resolve) => {
    const headers = { host: defaultHostname(settings, NAME) };
    const outgoing = request(
      { host: webHost(settings), port: settings.httpPort, path: '/', headers, timeout: 35_000 },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    outgoing.on('error', () => resolve(0));
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.end();
  });
}
