import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PlatformError } from '@jangada/platform-api';
import { createGitServer, type GitServer, type OnPush } from './index.ts';

export interface Ran {
  readonly code: number;
  /** stdout, then stderr. */
  readonly output: string;
}

/** A git server with one app, `shop`, and the working copy of a person who has its token, `token`. */
export interface TestGitServer {
  readonly folder: string;
  readonly work: string;
  readonly repo: string;
  readonly port: number;
  readonly git: GitServer;
  /** What happens to a push; accepts at first. */
  onPush: OnPush;
  /** Runs git, in the working copy unless told otherwise. */
  run(args: readonly string[], cwd?: string): Promise<Ran>;
  /** Commits files and returns the sha. */
  commit(files: Readonly<Record<string, string | Buffer>>, message?: string): Promise<string>;
  remote(app?: string, token?: string): string;
  storedRefs(): Promise<string>;
  close(): Promise<void>;
}

export const accept: OnPush = async ({ output }) => {
  output.write('-----> Building\n');
  return { accepted: true };
};

export async function openTestGitServer(): Promise<TestGitServer> {
  const folder = await mkdtemp(join(tmpdir(), 'git-server-'));
  const work = join(folder, 'work');
  const repo = join(folder, 'repos', 'app-1.git');
  await mkdir(work);

  const run = (args: readonly string[], cwd = work): Promise<Ran> => {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0', HOME: folder };
    return new Promise((resolve) => {
      execFile('git', args as string[], { cwd, env }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
      });
    });
  };
  await run(['init', '-q', '-b', 'main']);
  await run(['config', 'user.name', 'a']);
  await run(['config', 'user.email', 'a@example.com']);

  const git = createGitServer({
    reposFolder: join(folder, 'repos'),
    maxInputBytes: 20_000_000,
    async authorize({ appName, password }) {
      if (password !== 'token') throw new PlatformError('unauthorized', 'Invalid credentials provided.');
      if (appName === 'secret') throw new PlatformError('forbidden', 'You do not have access to the app secret.');
      if (appName !== 'shop') throw new PlatformError('not_found', 'Gone.');
      return { repoId: 'app-1', actor: 'me' };
    },
    onPush: (push) => under.onPush(push),
  });
  const server = createServer((request, response) => {
    void git.handle(request, response).then((handled) => handled || response.writeHead(418).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const under: TestGitServer = {
    folder,
    work,
    repo,
    port,
    git,
    onPush: accept,
    run,

    async commit(files, message = 'change') {
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(work, name)), { recursive: true });
        await writeFile(join(work, name), content);
      }
      await run(['add', '-A', '-f']);
      await run(['commit', '-q', '-m', message]);
      return (await run(['rev-parse', 'HEAD'])).output.trim();
    },

    remote: (app = 'shop', token = 'token') => `http://heroku:${token}@127.0.0.1:${port}/${app}.git`,

    async storedRefs() {
      return (await run(['for-each-ref', '--format=%(refname)'], repo)).output.trim();
    },

    async close() {
      await git.close();
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return under;
}
