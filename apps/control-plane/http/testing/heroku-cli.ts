import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command on its way. */
export interface CliRun {
  /** Resolves when it has printed this, and when it has ended. */
  printed(text: string): Promise<void>;
  readonly ended: Promise<CliResult>;
}

/** The official CLI, pointed at a server of ours, with a home of its own. */
export interface HerokuCli {
  run(...argv: readonly string[]): Promise<CliResult>;
  start(...argv: readonly string[]): CliRun;
  [Symbol.asyncDispose](): Promise<void>;
}

const ROOT = join(import.meta.dirname, '../../../..');

/** Milliseconds after which a command hangs: its start alone takes six seconds on a machine that is busy otherwise. */
const TIME_LIMIT_MS = 120_000;

/** The environment of cli-contract 1.2, and nothing of ours besides. */
export async function openHerokuCli(apiUrl: string, token: string): Promise<HerokuCli> {
  const home = await mkdtemp(join(tmpdir(), 'heroku-cli-'));
  const env = {
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local/share'),
    XDG_CACHE_HOME: join(home, '.cache'),
    PATH: `${join(ROOT, 'node_modules/.bin')}:/usr/local/bin:/usr/bin:/bin`,
    HEROKU_HOST: apiUrl,
    HEROKU_DATA_HOST: '127.0.0.1',
    HEROKU_PARTICLEBOARD_URL: apiUrl,
    HEROKU_LOGIN_HOST: `${apiUrl}/cli-auth`,
    HEROKU_BUILDPACK_REGISTRY_URL: `${apiUrl}/bpreg`,
    HEROKU_API_KEY: token,
    DISABLE_TELEMETRY: 'true',
    HEROKU_DISABLE_AUTOUPDATE: '1',
    HEROKU_SKIP_NEW_VERSION_CHECK: '1',
    HEROKU_NETRC_WRITE: 'true',
    NO_COLOR: '1',
    FORCE_COLOR: '0',
  };
  const start = (...argv: readonly string[]): CliRun => {
    const { promise: ended, resolve } = Promise.withResolvers<CliResult>();
    const options = { cwd: home, env, timeout: TIME_LIMIT_MS };
    const child = execFile('heroku', [...argv], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end();
    let output = '';
    child.stdout?.on('data', (text: string) => {
      output += text;
    });
    return {
      ended,
      printed: (text) =>
        new Promise((resolve) => {
          const look = (): void => void (output.includes(text) && resolve());
          child.stdout?.on('data', look);
          void ended.then(() => resolve());
          look();
        }),
    };
  };
  return {
    start,
    run: (...argv) => start(...argv).ended,
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}
