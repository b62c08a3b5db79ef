import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createGitServer } from '@jangada/git-server';
import { type Files, writeFiles } from './test-builder.ts';

const exec = promisify(execFile);

/** Files and git repositories of this machine over HTTP, for builds of a test. */
export interface TestDownloads {
  /** `http://<gateway>:<port>` */
  readonly url: string;
  /** Paths that were asked for, without those of git. */
  readonly asked: readonly string[];
  /** Serves content at a path. */
  file(path: string, content: Buffer | string): void;
  /** A gzipped tar of these files. */
  archive(files: Files, folder?: string): Promise<Buffer>;
  /** Serves a repository `/<name>.git` with one commit on `main`, or one commit more. Returns its id. */
  commit(name: string, files: Files): Promise<string>;
  /** Runs git in the working copy of a repository, then serves what came of it. */
  git(name: string, ...args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/** `port`: one that the builds of the test can reach. `folder`: an empty place on disk. */
export async function serveDownloads(host: string, port: number, folder: string): Promise<TestDownloads> {
  const files = new Map<string, Buffer | string>();
  const asked: string[] = [];
  const repos = createGitServer({
    reposFolder: join(folder, 'repos'),
    authorize: async ({ appName }) => ({ repoId: appName, actor: null }),
    onPush: async () => ({ accepted: true }),
  });
  const server = createServer(async (request, response) => {
    // Everybody may read: the git server itself always asks for a password.
    request.headers.authorization ??= `Basic ${Buffer.from('x:y').toString('base64')}`;
    if (await repos.handle(request, response)) return;
    const path = request.url ?? '/';
    asked.push(path);
    const content = files.get(path);
    // Indexes of packages are pages; clients refuse others.
    const page = path.endsWith('/') ? { 'content-type': 'text/html' } : {};
    response.writeHead(content === undefined ? 404 : 200, page).end(content);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  const copyOf = (name: string): string => join(folder, 'copies', name);
  const inCopy = async (name: string, ...args: readonly string[]): Promise<string> => {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', '-c', 'protocol.file.allow=always'];
    return (await exec('git', ['-C', copyOf(name), ...identity, ...args])).stdout.trim();
  };
  const push = (name: string) =>
    inCopy(name, 'push', '-q', '--force', '--all', `http://x:y@${host}:${port}/${name}.git`).then(() =>
      inCopy(name, 'push', '-q', '--tags', `http://x:y@${host}:${port}/${name}.git`),
    );

  return {
    url,
    asked,
    file: (path, content) => void files.set(path, content),

    async archive(content, inFolder = '.') {
      const place = join(folder, 'archives', `${files.size}-${asked.length}-${Math.random()}`);
      await writeFiles(join(place, inFolder), content);
      const { stdout } = await exec('tar', ['-cz', '-C', place, '.'], { encoding: 'buffer', maxBuffer: 1 << 28 });
      return stdout;
    },

    async commit(name, content) {
      await writeFiles(copyOf(name), content);
      await exec('git', ['init', '-q', '-b', 'main', copyOf(name)]);
      await inCopy(name, 'add', '-A');
      await inCopy(name, 'commit', '-q', '-m', 'Change');
      await push(name);
      return inCopy(name, 'rev-parse', 'HEAD');
    },

    async git(name, ...args) {
      const output = await inCopy(name, ...args);
      await push(name);
      return output;
    },

    async close() {
      await repos.close();
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
