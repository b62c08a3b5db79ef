import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@jangada/conformance/free-port';
import { type Outcome, type RunOptions, run, runOk } from './run.ts';

const JANGADA = join(import.meta.dirname, '..', '..', 'bin', 'jangada');

/** A whole platform of its own: its home, its ports, its processes. */
export interface Installation {
  readonly home: string;
  readonly port: number;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** The settings as environment variables, on top of this process's own. */
  readonly settings: Readonly<Record<string, string>>;
  /** What a person has after `eval "$(bin/jangada env)"`, with a home folder of its own. */
  readonly person: Readonly<Record<string, string>>;
  readonly account: { readonly email: string; readonly password: string; readonly token: string };
  /** `bin/jangada` with this installation's settings. */
  jangada(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** The official CLI as the first account. */
  heroku(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Requests the app at its URL through the router, whatever the machine's resolver says of *.localhost. */
  fetchApp(name: string, path?: string, init?: RequestInit): Promise<Response>;
  /** Requests the Platform API as the first account. */
  api(method: string, path: string, body?: unknown): Promise<Response>;
  /** Stops everything and removes the home. */
  remove(): Promise<void>;
}

/** Sets an installation up and starts it. `up` also deploys the first example unless `JANGADA_SKIP_EXAMPLE` is set. */
export async function startInstallation(extra: Readonly<Record<string, string>> = {}): Promise<Installation> {
  const home = await mkdtemp(join(tmpdir(), 'jangada-e2e-'));
  const [port, httpPort, httpsPort] = [await freePort(), await freePort(), await freePort()];
  const settings = {
    ...(process.env as Record<string, string>),
    JANGADA_HOME: home,
    JANGADA_PORT: String(port),
    JANGADA_HTTP_PORT: String(httpPort),
    JANGADA_HTTPS_PORT: String(httpsPort),
    ...extra,
  };
  await runOk(JANGADA, ['up'], { env: settings, timeout: 600_000 });
  return attachInstallation(home, settings);
}

/** An installation that was started before, in this process or another. */
export async function attachInstallation(
  home: string,
  settings: Readonly<Record<string, string>>,
): Promise<Installation> {
  const jangada = (args: readonly string[], options: RunOptions = {}): Promise<Outcome> =>
    run(JANGADA, args, { ...options, env: { ...settings, ...options.env } });
  const [port, httpPort, httpsPort] = ['JANGADA_PORT', 'JANGADA_HTTP_PORT', 'JANGADA_HTTPS_PORT'].map((name) =>
    Number(settings[name]),
  );
  const account = JSON.parse(await readFile(join(home, 'account.json'), 'utf8')) as Installation['account'];
  const person = await personOf(settings, home, jangada);

  return {
    home,
    port: port!,
    httpPort: httpPort!,
    httpsPort: httpsPort!,
    settings,
    person,
    account,
    jangada,
    heroku: (args, options = {}) => run('heroku', args, { ...options, env: { ...person, ...options.env } }),
    fetchApp: (name, path = '/', init = {}) =>
      fetchAs(`${name}.localhost`, `http://127.0.0.1:${httpPort}${path}`, init),
    api: (method, path, body) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: {
          accept: 'application/vnd.heroku+json; version=3',
          authorization: `Bearer ${account.token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    async remove() {
      await jangada(['down']);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Runs the lines of `jangada env` in a shell, as a person does, and reads the environment that they make. */
async function personOf(
  settings: Readonly<Record<string, string>>,
  home: string,
  jangada: (args: readonly string[]) => Promise<Outcome>,
): Promise<Record<string, string>> {
  const lines = await jangada(['env']);
  if (lines.status !== 0) throw new Error(`jangada env ended with ${lines.status}:\n${lines.output}`);
  const shell = await runOk('/bin/sh', ['-c', 'eval "$1" && env -0', 'sh', lines.stdout], { env: settings });
  const pairs = shell.stdout.split('\0').filter((pair) => pair.includes('='));
  const env = Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  const personHome = join(home, 'person');
  await runOk('mkdir', ['-p', personHome]);
  return {
    ...env,
    HOME: personHome,
    GIT_AUTHOR_NAME: 'Person',
    GIT_AUTHOR_EMAIL: 'person@localhost',
    GIT_COMMITTER_NAME: 'Person',
    GIT_COMMITTER_EMAIL: 'person@localhost',
    GIT_TERMINAL_PROMPT: '0',
    TERM: 'dumb',
    NO_COLOR: '1',
  };
}

/** `fetch` sets Host from the URL and lets nobody change it, so this goes through node:http. */
async function fetchAs(host: string, url: string, init: RequestInit): Promise<Response> {
  const { request } = await import('node:http');
  const headers = { host, ...(init.headers as Record<string, string>) };
  const outgoing = request(url, { method: init.method ?? 'GET', headers });
  outgoing.end(init.body ?? undefined);
  const [incoming] = await once(outgoing, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const pairs = Object.entries(incoming.headers as Record<string, string>).map(([name, value]) => [
    name,
    String(value),
  ]);
  const bodyless = incoming.statusCode === 204 || incoming.statusCode === 304;
  return new Response(bodyless ? null : Buffer.concat(chunks), {
    status: incoming.statusCode,
    headers: pairs as [string, string][],
  });
}
