import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCommitSource } from './index.ts';
import { openTestGitServer, type TestGitServer } from './test-git-server.ts';

let under: TestGitServer;

beforeEach(async () => {
  under = await openTestGitServer();
});
afterEach(() => under.close());

describe('the source of a commit', () => {
  test('has every file, those marked export-ignore too, and names submodules', async () => {
    await under.commit({ '.gitattributes': 'hidden.txt export-ignore\n', 'hidden.txt': 'x', 'd/ä b.txt': 'y' });
    await under.run(['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor/lib`]);
    await under.run(['commit', '-q', '-m', 'submodule']);
    let names = '';
    let seen: unknown;
    under.onPush = async (push) => {
      const source = await readCommitSource({ ...push, commit: push.deploy.after });
      seen = { paths: source.paths, submodules: source.submodules };
      names = (await buffer(await source.open())).toString('utf8');
      return { accepted: true };
    };
    await under.run(['push', under.remote(), 'main']);
    expect(seen).toEqual({
      paths: 3,
      submodules: [{ path: 'vendor/lib', commit: expect.stringMatching(/^[0-9a-f]{40}$/) }],
    });
    expect(names).toContain('hidden.txt');
    expect(names).toContain('ä b.txt');
  });

  test('of a commit that is not there is an error', async () => {
    await under.commit({ 'a.txt': 'a' });
    await under.run(['push', under.remote(), 'main']);
    const place = { repoPath: under.repo, commit: 'f'.repeat(40), environment: {} };
    await expect(readCommitSource(place)).rejects.toMatchObject({ id: 'not_found' });
  });
});

describe('a commit of few objects and a million paths', () => {
  test('is an error that says so', async () => {
    const root = await under.commit({ 'a.txt': 'a' });
    let entry = `100644 blob ${(await under.run(['rev-parse', `${root}:a.txt`])).output.trim()}`;
    for (let level = 0; level < 6; level++) {
      const names = Array.from({ length: 10 }, (_none, index) => `${entry}\t${index}\n`);
      entry = `040000 tree ${execFileSync('git', ['mktree'], { cwd: under.work, input: names.join('') })
        .toString()
        .trim()}`;
    }
    const commit = (await under.run(['commit-tree', '-m', 'bomb', entry.slice('040000 tree '.length)])).output.trim();
    const place = { repoPath: join(under.work, '.git'), commit, environment: {} };
    await expect(readCommitSource(place)).rejects.toMatchObject({
      id: 'payload_too_large',
      message: expect.stringContaining('more than 500,000'),
    });
  });
});

describe('a git client', () => {
  test('is asked for a password, and told when it is wrong', async () => {
    const bare = await fetch(`http://127.0.0.1:${under.port}/shop.git/info/refs?service=git-receive-pack`);
    expect(bare.status).toBe(401);
    expect(bare.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    await under.commit({ 'a.txt': 'a' });
    const pushed = await under.run(['push', under.remote('shop', 'wrong'), 'main']);
    expect(pushed.code).toBe(128);
    expect(pushed.output).toContain('Invalid credentials provided.');
  });

  test('reads that there is no such app, or no access to it', async () => {
    await under.commit({ 'a.txt': 'a' });
    expect((await under.run(['push', under.remote('other'), 'main'])).output).toContain('No such app as other.');
    expect((await under.run(['push', under.remote('secret'), 'main'])).output).toContain('You do not have access');
  });

  test('clones and fetches what was pushed, with protocol 0 and 2', async () => {
    await under.commit({ 'a.txt': 'a' });
    await under.run(['push', under.remote(), 'main']);
    for (const version of ['0', '2']) {
      const clone = await under.run(
        ['-c', `protocol.version=${version}`, 'clone', '-q', under.remote(), `clone${version}`],
        under.folder,
      );
      expect(clone.output).toBe('');
      expect(await readdir(join(under.folder, `clone${version}`))).toContain('a.txt');
    }
  });

  test('that deploys master clones it, and main as soon as there is one', async () => {
    await under.commit({ 'a.txt': 'a' });
    await under.run(['push', under.remote(), 'main:master']);
    await under.run(['clone', '-q', under.remote(), 'first'], under.folder);
    expect(await readdir(join(under.folder, 'first'))).toContain('a.txt');
    await under.commit({ 'b.txt': 'b' });
    await under.run(['push', under.remote(), 'main']);
    await under.run(['clone', '-q', under.remote(), 'second'], under.folder);
    expect(await readdir(join(under.folder, 'second'))).toContain('b.txt');
  });

  test('of the dumb protocol is refused, a HEAD request answered, other paths left alone', async () => {
    const headers = { authorization: `Basic ${Buffer.from('x:token').toString('base64')}` };
    const base = `http://127.0.0.1:${under.port}`;
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
    const half = httpRequest({
      port: under.port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/shop.git/git-receive-pack',
      headers,
    });
    half.on('error', () => undefined);
    half.write('00a0');
    await once(half, 'socket');
    half.destroy();
    await under.commit({ 'a.txt': 'a' });
    expect((await under.run(['push', under.remote(), 'main'])).code).toBe(0);
  });
});
