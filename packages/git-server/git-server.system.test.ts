import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCommitSource, SYSTEM_GIT, sweepRepositories } from './index.ts';
import { tidyRepository } from './maintenance.ts';
import { accept, openTestGitServer, type TestGitServer } from './test-git-server.ts';

let under: TestGitServer;

beforeEach(async () => {
  under = await openTestGitServer();
});
afterEach(() => under.close());

describe('a push', () => {
  test('streams what the platform says and is stored when it is accepted', async () => {
    const sha = await under.commit({ 'a.txt': 'a' }, 'first commit');
    let seen: unknown;
    under.onPush = async (push) => {
      const source = await readCommitSource({ ...push, commit: push.deploy.after });
      seen = { ...push.deploy, actor: push.actor, subject: source.subject, paths: source.paths };
      return accept(push);
    };
    const pushed = await under.run(['push', under.remote(), 'main']);
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
    await under.commit({ 'a.txt': 'a' });
    under.onPush = async ({ output }) => {
      output.write(' !     Push failed\n');
      return { accepted: false };
    };
    const pushed = await under.run(['push', under.remote(), 'main']);
    expect(pushed.code).toBe(1);
    expect(pushed.output).toMatch(/remote: +!\s+Push failed/);
    expect(pushed.output).toContain('remote: Verifying deploy...');
    expect(pushed.output).toContain('remote: !\tPush rejected to shop.');
    expect(pushed.output).toContain('! [remote rejected] main -> main (pre-receive hook declined)');
    expect(await under.storedRefs()).toBe('');
    expect((await readdir(join(under.folder, 'repos', 'app-1.git', 'objects'))).sort()).toEqual(['info', 'pack']);
  });

  test('whose handling throws is rejected with a sentence', async () => {
    await under.commit({ 'a.txt': 'a' });
    under.onPush = () => Promise.reject(new Error('boom'));
    const pushed = await under.run(['push', under.remote(), 'main']);
    expect(pushed.code).toBe(1);
    expect(pushed.output).toContain('the platform could not run the build');
    expect(pushed.output).not.toContain('boom');
  });

  test('to another branch and of a tag is stored without a build', async () => {
    await under.commit({ 'a.txt': 'a' });
    under.onPush = () => Promise.reject(new Error('must not be called'));
    await under.run(['tag', 'v1']);
    const pushed = await under.run(['push', under.remote(), 'main:feature', 'v1']);
    expect(pushed.code).toBe(0);
    expect(pushed.output).toContain('Pushed to non-main branch feature, skipping build.');
    expect(await under.storedRefs()).toBe('refs/heads/feature\nrefs/tags/v1');
  });

  test('that deletes main is refused', async () => {
    await under.commit({ 'a.txt': 'a' });
    await under.run(['push', under.remote(), 'main']);
    const pushed = await under.run(['push', under.remote(), ':main']);
    expect(pushed.code).toBe(1);
    expect(pushed.output).toContain('The branch main cannot be deleted');
    expect(await under.storedRefs()).toBe('refs/heads/main');
  });

  test('from a shallow clone is taken', async () => {
    await under.commit({ 'a.txt': 'a' });
    await under.commit({ 'a.txt': 'b' });
    await under.run(['clone', '-q', '--depth', '1', `file://${under.work}`, 'shallow'], under.folder);
    const pushed = await under.run(['push', under.remote(), 'main'], join(under.folder, 'shallow'));
    expect(pushed.output).toContain('main -> main');
    expect(pushed.code).toBe(0);
  });

  test('of nothing new says so', async () => {
    await under.commit({ 'a.txt': 'a' });
    await under.run(['push', under.remote(), 'main']);
    under.onPush = () => Promise.reject(new Error('must not be called'));
    const pushed = await under.run(['push', under.remote(), 'main']);
    expect(pushed.output).toContain('Everything up-to-date');
    expect(pushed.code).toBe(0);
  });

  test('larger than one request body arrives in chunks', async () => {
    const noise = Buffer.alloc(6_000_000);
    for (let at = 0; at < noise.length; at += 4) noise.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
    await under.commit({ 'big.bin': noise });
    expect((await under.run(['push', under.remote(), 'main'])).code).toBe(0);
  });

  test('above the limit is refused', async () => {
    await under.commit({ 'big.bin': randomBytes(21_000_000) });
    const pushed = await under.run(['push', under.remote(), 'main']);
    expect(pushed.code).not.toBe(0);
    expect(pushed.output).toMatch(/exceeds maximum allowed size/);
  });

  test('goes on when the client leaves, and the ref follows it', async () => {
    await under.commit({ 'a.txt': 'a' });
    let resume: () => void = () => undefined;
    const paused = new Promise<void>((resolve) => {
      resume = resolve;
    });
    const started = new Promise<void>((resolve) => {
      under.onPush = async (push) => {
        push.output.write('started\n');
        resolve();
        await paused;
        for (let line = 0; line < 5_000; line++) push.output.write('a line that nobody reads any more\n');
        return { accepted: !push.signal.aborted };
      };
    });
    const client: ChildProcess = spawn('git', ['push', under.remote(), 'main'], { cwd: under.work, stdio: 'ignore' });
    await started;
    const responseClosed = once(client, 'exit');
    client.kill('SIGKILL');
    await responseClosed;
    resume();
    await expect.poll(() => under.storedRefs()).toBe('refs/heads/main');
  });

  test('is rejected whole when the server closes in the middle', async () => {
    await under.commit({ 'a.txt': 'a' });
    let told = false;
    under.onPush = ({ signal }) => {
      signal.addEventListener('abort', () => {
        told = true;
      });
      void under.git.close();
      return new Promise(() => undefined);
    };
    expect((await under.run(['push', under.remote(), 'main'])).code).not.toBe(0);
    expect(told).toBe(true);
    expect(await under.storedRefs()).toBe('');
  });
});

describe('a platform that is killed in the middle of a push', () => {
  test('leaves no ref, and nothing that sweeping does not take', async () => {
    await under.commit({ 'a.txt': 'a' });
    const program = `
      import { createServer } from 'node:http';
      import { createGitServer } from ${JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)))};
      const git = createGitServer({
        reposFolder: ${JSON.stringify(join(under.folder, 'killed'))},
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
    const pushed = await under.run(['push', `http://heroku:x@127.0.0.1:${line.toString().trim()}/shop.git`, 'main']);
    expect(pushed.code).not.toBe(0);
    const repo = join(under.folder, 'killed', 'app-1.git');
    expect((await under.run(['for-each-ref'], repo)).output).toBe('');
    const swept = async (): Promise<string[]> => {
      await sweepRepositories(join(under.folder, 'killed'), 0);
      return (await readdir(join(repo, 'objects'))).sort();
    };
    await expect.poll(swept).toEqual(['info', 'pack']);
    expect(await readdir(join(repo, 'objects', 'pack'))).toEqual([]);
    expect(await sweepRepositories(join(under.folder, 'none'), 0)).toEqual([]);
  });
});

test('a repository in many packs is packed anew, once', async () => {
  for (let number = 0; number < 30; number++) {
    await under.commit({ 'a.txt': String(number) });
    await under.run(['repack', '-q']);
  }
  const repo = join(under.work, '.git');
  const packs = async (): Promise<string[]> =>
    (await readdir(join(repo, 'objects/pack'))).filter((name) => name.endsWith('.pack'));
  expect(await packs()).toHaveLength(30);
  expect(await tidyRepository(repo, SYSTEM_GIT)).toBe(true);
  expect(await packs()).toHaveLength(1);
  expect(await tidyRepository(repo, SYSTEM_GIT)).toBe(false);
  expect((await under.run(['log', '--oneline'])).output.trim().split('\n')).toHaveLength(30);
});
