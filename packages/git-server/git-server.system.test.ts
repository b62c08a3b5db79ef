import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { PlatformError } from '@jangada/platform-api';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createGitServer,
  type GitServer,
  type OnPush,
  readCommitSource,
  SYSTEM_GIT,
  sweepRepositories,
} from './index.ts';
import { tidyRepository } from './maintenance.ts';

let folder: string;
let work: string;
let server: Server;
let git: GitServer;
let port: number;
let onPush: OnPush;

interface Ran {
  readonly code: number;
  readonly output: string;
}

function run(args: readonly string[], cwd = work): Promise<Ran> {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0', HOME: folder };
  return new Promise((resolve) => {
    execFile('git', args as string[], { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
}

async function commit(files: Readonly<Record<string, string | Buffer>>, message = 'change'): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(work, name, '..'), { recursive: true });
    await writeFile(join(work, name), content);
  }
  await run(['add', '-A', '-f']);
  await run(['-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-q', '-m', message]);
  return (await run(['rev-parse', 'HEAD'])).output.trim();
}

const remote = (app = 'shop', token = 'token'): string => `http://heroku:${token}@127.0.0.1:${port}/${app}.git`;
const accept: OnPush = async ({ output }) => {
  output.write('-----> Building\n');
  return { accepted: true };
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'git-server-'));
  work = join(folder, 'work');
  await mkdir(work);
  await run(['init', '-q', '-b', 'main']);
  onPush = accept;
  git = createGitServer({
    reposFolder: join(folder, 'repos'),
    maxInputBytes: 20_000_000,
    async authorize({ appName, password }) {
      if (password !== 'token') throw new PlatformError('unauthorized', 'Invalid credentials provided.');
      if (appName === 'secret') throw new PlatformError('forbidden', 'You do not have access to the app secret.');
      if (appName !== 'shop') throw new PlatformError('not_found', 'Gone.');
      return { repoId: 'app-1', actor: 'me' };
    },
    onPush: (push) => onPush(push),
  });
  server = createServer((request, response) => {
    void git.handle(request, response).then((handled) => handled || response.writeHead(418).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  await git.close();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function storedRefs(): Promise<string> {
  return (await run(['for-each-ref', '--format=%(refname)'], join(folder, 'repos', 'app-1.git'))).output.trim();
}

describe('a push', () => {
  test('streams what the platform says and is stored when it is accepted', async () => {
    const sha = await commit({ 'a.txt': 'a' }, 'first commit');
    let seen: unknown;
    onPush = async (push) => {
      const source = await readCommitSource({ ...push, commit: push.deploy.after });
      seen = { ...push.deploy, actor: push.actor, subject: source.subject, paths: source.paths };
      return accept(push);
    };
    const pushed = await run(['push', remote(), 'main']);
    expect(pushed.output).toContain('remote: -----> Building');
    expect(pushed.output).toContain('* [new branch]      main -> main');
    expect(pushed.code).toBe(0);
    expect(seen).toEqual({
      ref: 'refs/heads/main',
      before: '0'.repeat(40),
      after: sha,
      actor: 'me',
      subject: 'first commit',
      paths: 1,
    });
  });

  test('that is rejected leaves no ref and no object', async () => {
    await commit({ 'a.txt': 'a' });
    onPush = async ({ output }) => {
      output.write(' !     Push failed\n');
      return { accepted: false };
    };
    const pushed = await run(['push', remote(), 'main']);
    expect(pushed.code).toBe(1);
    expect(pushed.output).toMatch(/remote: +!\s+Push failed/);
    expect(pushed.output).toContain('remote: Verifying deploy...');
    expect(pushed.output).toContain('remote: !\tPush rejected to shop.');
    expect(pushed.output).toContain('! [remote rejected] main -> main (pre-receive hook declined)');
    expect(await storedRefs()).toBe('');
    expect((await readdir(join(folder, 'repos', 'app-1.git', 'objects'))).sort()).toEqual(['info', 'pack']);
  });

  test('whose handling throws is rejected with a sentence', async () => {
    await commit({ 'a.txt': 'a' });
    onPush = () => Promise.reject(new Error('boom'));
    const pushed = await run(['push', remote(), 'main']);
    expect(pushed.code).toBe(1);
    expect(pushed.output).toContain('the platform could not run the build');
    expect(pushed.output).not.toContain('boom');
  });

  test('to another branch and of a tag is stored without a build', async () => {
    await commit({ 'a.txt': 'a' });
    onPush = () => Promise.reject(new Error('must not be called'));
    await run(['tag', 'v1']);
    const pushed = await run(['push', remote(), 'main:feature', 'v1']);
    expect(pushed.code).toBe(0);
    expect(pushed.output).toContain('Pushed to non-main branch feature, skipping build.');
    expect(await storedRefs()).toBe('refs/heads/feature\nrefs/tags/v1');
  });

  test('that deletes main is refused', async () => {
    await commit({ 'a.txt': 'a' });
    await run(['push', remote(), 'main']);
    const pushed = await run(['push', remote(), ':main']);
    expect(pushed.code).toBe(1);
    expect(pushed.output).toContain('The branch main cannot be deleted');
    expect(await storedRefs()).toBe('refs/heads/main');
  });

  test('from a shallow clone is taken', async () => {
    await commit({ 'a.txt': 'a' });
    await commit({ 'a.txt': 'b' });
    await run(['clone', '-q', '--depth', '1', `file://${work}`, 'shallow'], folder);
    const pushed = await run(['push', remote(), 'main'], join(folder, 'shallow'));
    expect(pushed.output).toContain('main -> main');
    expect(pushed.code).toBe(0);
  });

  test('of nothing new says so', async () => {
    await commit({ 'a.txt': 'a' });
    await run(['push', remote(), 'main']);
    onPush = () => Promise.reject(new Error('must not be called'));
    const pushed = await run(['push', remote(), 'main']);
    expect(pushed.output).toContain('Everything up-to-date');
    expect(pushed.code).toBe(0);
  });

  test('larger than one request body arrives in chunks', async () => {
    const noise = Buffer.alloc(6_000_000);
    for (let at = 0; at < noise.length; at += 4) noise.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
    await commit({ 'big.bin': noise });
    expect((await run(['push', remote(), 'main'])).code).toBe(0);
  });

  test('above the limit is refused', async () => {
    const { randomBytes } = await import('node:crypto');
    await commit({ 'big.bin': randomBytes(21_000_000) });
    const pushed = await run(['push', remote(), 'main']);
    expect(pushed.code).not.toBe(0);
    expect(pushed.output).toMatch(/exceeds maximum allowed size/);
  });

  test('goes on when the client leaves, and the ref follows it', async () => {
    await commit({ 'a.txt': 'a' });
    let resume: () => void = () => undefined;
    const paused = new Promise<void>((resolve) => {
      resume = resolve;
    });
    const started = new Promise<void>((resolve) => {
      onPush = async (push) => {
        push.output.write('started\n');
        resolve();
        await paused;
        for (let line = 0; line < 5_000; line++) push.output.write('a line that nobody reads any more\n');
        return { accepted: !push.signal.aborted };
      };
    });
    const client: ChildProcess = spawn('git', ['push', remote(), 'main'], { cwd: work, stdio: 'ignore' });
    await started;
    const responseClosed = once(client, 'exit');
    client.kill('SIGKILL');
    await responseClosed;
    resume();
    await vi.waitFor(async () => expect(await storedRefs()).toBe('refs/heads/main'), { timeout: 5_000 });
  });

  test('is rejected whole when the server closes in the middle', async () => {
    await commit({ 'a.txt': 'a' });
    let told = false;
    onPush = ({ signal }) => {
      signal.addEventListener('abort', () => {
        told = true;
      });
      void git.close();
      return new Promise(() => undefined);
    };
    expect((await run(['push', remote(), 'main'])).code).not.toBe(0);
    expect(told).toBe(true);
    expect(await storedRefs()).toBe('');
  });
});

describe('a platform that is killed in the middle of a push', () => {
  test('leaves no ref, and nothing that sweeping does not take', async () => {
    await commit({ 'a.txt': 'a' });
    const program = `
      import { createServer } from 'node:http';
      import { createGitServer } from ${JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)))};
      const git = createGitServer({
        reposFolder: ${JSON.stringify(join(folder, 'killed'))},
        authorize: async () => ({ repoId: 'app-1', actor: null }),
        onPush: () => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => {}); },
      });
      const server = createServer((q, s) => void git.handle(q, s));
      server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;
    const victim = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    const [line] = (await once(victim.stdout, 'data')) as [Buffer];
    const pushed = await run(['push', `http://heroku:x@127.0.0.1:${line.toString().trim()}/shop.git`, 'main']);
    expect(pushed.code).not.toBe(0);
    const repo = join(folder, 'killed', 'app-1.git');
    expect((await run(['for-each-ref'], repo)).output).toBe('');
    await vi.waitFor(async () => {
      await sweepRepositories(join(folder, 'killed'), 0);
      expect((await readdir(join(repo, 'objects'))).sort()).toEqual(['info', 'pack']);
    });
    expect(await readdir(join(repo, 'objects', 'pack'))).toEqual([]);
    expect(await sweepRepositories(join(folder, 'none'), 0)).toEqual([]);
  });
});

test('a repository in many packs is packed anew, once', async () => {
  for (let number = 0; number < 30; number++) {
    await commit({ 'a.txt': String(number) });
    await run(['repack', '-q']);
  }
  const repo = join(work, '.git');
  const packs = async (): Promise<string[]> =>
    (await readdir(join(repo, 'objects/pack'))).filter((name) => name.endsWith('.pack'));
  expect(await packs()).toHaveLength(30);
  expect(await tidyRepository(repo, SYSTEM_GIT)).toBe(true);
  expect(await packs()).toHaveLength(1);
  expect(await tidyRepository(repo, SYSTEM_GIT)).toBe(false);
  expect((await run(['log', '--oneline'])).output.trim().split('\n')).toHaveLength(30);
});

describe('the source of a commit', () => {
  test('has every file, those marked export-ignore too, and names submodules', async () => {
    await commit({ '.gitattributes': 'hidden.txt export-ignore\n', 'hidden.txt': 'x', 'd/ä b.txt': 'y' });
    await run(['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor/lib`]);
    await run(['-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-q', '-m', 'submodule']);
    let names = '';
    let seen: unknown;
    onPush = async (push) => {
      const source = await readCommitSource({ ...push, commit: push.deploy.after });
      seen = { paths: source.paths, submodules: source.submodules };
      names = (await buffer(await source.open())).toString('utf8');
      return { accepted: true };
    };
    await run(['push', remote(), 'main']);
    expect(seen).toEqual({ paths: 3, submodules: ['vendor/lib'] });
    expect(names).toContain('hidden.txt');
    expect(names).toContain('ä b.txt');
  });

  test('of a commit that is not there is an error', async () => {
    await commit({ 'a.txt': 'a' });
    await run(['push', remote(), 'main']);
    const place = { repoPath: join(folder, 'repos', 'app-1.git'), commit: 'f'.repeat(40), environment: {} };
    await expect(readCommitSource(place)).rejects.toMatchObject({ id: 'not_found' });
  });
});

describe('a git client', () => {
  test('is asked for a password, and told when it is wrong', async () => {
    const bare = await fetch(`http://127.0.0.1:${port}/shop.git/info/refs?service=git-receive-pack`);
    expect(bare.status).toBe(401);
    expect(bare.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    await commit({ 'a.txt': 'a' });
    const pushed = await run(['push', remote('shop', 'wrong'), 'main']);
    expect(pushed.code).toBe(128);
    expect(pushed.output).toContain('Invalid credentials provided.');
  });

  test('reads that there is no such app, or no access to it', async () => {
    await commit({ 'a.txt': 'a' });
    expect((await run(['push', remote('other'), 'main'])).output).toContain('No such app as other.');
    expect((await run(['push', remote('secret'), 'main'])).output).toContain('You do not have access');
  });

  test('clones and fetches what was pushed, with protocol 0 and 2', async () => {
    await commit({ 'a.txt': 'a' });
    await run(['push', remote(), 'main']);
    for (const version of ['0', '2']) {
      const clone = await run(
        ['-c', `protocol.version=${version}`, 'clone', '-q', remote(), `clone${version}`],
        folder,
      );
      expect(clone.output).toBe('');
      expect(await readdir(join(folder, `clone${version}`))).toContain('a.txt');
    }
  });

  test('of the dumb protocol is refused, a HEAD request answered, other paths left alone', async () => {
    const headers = { authorization: `Basic ${Buffer.from('x:token').toString('base64')}` };
    const base = `http://127.0.0.1:${port}`;
    expect((await fetch(`${base}/shop.git/info/refs`, { headers })).status).toBe(403);
    const head = await fetch(`${base}/shop.git/info/refs?service=git-upload-pack`, { headers, method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-type')).toBe('application/x-git-upload-pack-advertisement');
    expect((await fetch(`${base}/apps`)).status).toBe(418);
  });

  test('that sends half a request and leaves does no harm', async () => {
    const headers = {
      authorization: `Basic ${Buffer.from('x:token').toString('base64')}`,
      'content-type': 'application/x-git-receive-pack-request',
      'content-length': '100000',
    };
    const half = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/shop.git/git-receive-pack', headers });
    half.on('error', () => undefined);
    half.write('00a0');
    await once(half, 'socket');
    half.destroy();
    await commit({ 'a.txt': 'a' });
    expect((await run(['push', remote(), 'main'])).code).toBe(0);
  });
});
