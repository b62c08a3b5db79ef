import type { ChildProcess } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex, Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { isPlatformError, PlatformError } from '@jangada/platform-api';
import { type GitProgram, SYSTEM_GIT, startGit } from './git-process.ts';
import { tidyRepository } from './maintenance.ts';
import { type OnPush, servePushHook } from './push-session.ts';
import { pointHead, prepareRepository, sweepRepositories } from './repository.ts';
import { type GitRequest, type GitService, parseBasicCredentials, parseGitRequest } from './request-path.ts';

const HOOKS_FOLDER = fileURLToPath(new URL('./hooks', import.meta.url));

/** What a push that died left behind is removed at the next start after this time: by then none can be under way. */
const ABANDONED_MS = 2 * 3_600_000;

export interface Authorized {
  /** Names the repository: the app's id. */
  readonly repoId: string;
  /** Handed on to `onPush`. */
  readonly actor: unknown;
}

export interface GitServerOptions {
  /** Bare repositories, `<repo id>.git`, made when they are first asked for. */
  readonly reposFolder: string;
  /** Decides who may do what. Throws PlatformError: `unauthorized` asks for a password, the others reach the person as text. */
  readonly authorize: (request: {
    readonly appName: string;
    readonly user: string;
    readonly password: string;
    readonly service: GitService;
  }) => Promise<Authorized>;
  /** Called for a push to a deploy branch; everything else is decided here. */
  readonly onPush: OnPush;
  /** Bytes of one pushed pack. Default: 2 GiB. */
  readonly maxInputBytes?: number;
  readonly git?: GitProgram;
  /** Errors that are nobody's answer. Default: dropped. */
  readonly report?: (event: string, error: unknown) => void;
}

/** Git over smart HTTP (builds 6.1), to be mounted on somebody's listener. */
export interface GitServer {
  /** Answers requests below `/<app>.git/`; false, with nothing touched, for all others. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** Ends every running git; pushes under way are rejected and leave nothing. */
  close(): Promise<void>;
}

export function createGitServer(options: GitServerOptions): GitServer {
  const git = options.git ?? SYSTEM_GIT;
  const report = options.report ?? (() => undefined);
  const maxInputBytes = options.maxInputBytes ?? 2 * 1024 ** 3;
  const running = new Map<ChildProcess, Promise<void>>();
  const closing = new AbortController();
  let tidying = Promise.resolve();

  const answer = async (asked: GitRequest, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { appName, service, step } = asked;
    const credentials = parseBasicCredentials(request.headers.authorization);
    if (!credentials) throw new PlatformError('unauthorized', 'Log in with your token as the password.');
    const { repoId, actor } = await options.authorize({ appName, service, ...credentials }).catch((error: unknown) => {
      throw isPlatformError(error, 'not_found') ? new PlatformError('not_found', `No such app as ${appName}.`) : error;
    });
    const repoPath = await prepareRepository(options.reposFolder, repoId);
    if (service === 'git-upload-pack') await pointHead(repoPath);
    if (closing.signal.aborted)
      throw new PlatformError('maintenance', 'The platform is stopping. Try again in a moment.');

    const protocol = protocolOf(request);
    const pushes = service === 'git-receive-pack' && step === 'exchange';
    const child = startGit(git, argumentsFor(asked, repoPath, maxInputBytes), {
      cwd: repoPath,
      env: protocol === null ? {} : { GIT_PROTOCOL: protocol },
      stdio: ['pipe', 'pipe', 'pipe', ...(pushes ? (['pipe', 'pipe'] as const) : [])],
    });
    const exited = exitOf(child);
    const gone = new AbortController();
    void exited.then(() => gone.abort(new Error('git ended')));
    running.set(child, exited);

    response.setHeader('content-type', `application/x-${service}-${step === 'advertise' ? 'advertisement' : 'result'}`);
    response.setHeader('cache-control', 'no-cache, max-age=0, must-revalidate');
    if (step === 'advertise' && protocol !== 'version=2') response.write(serviceHeader(service));
    feed(child.stdin as Writable, step === 'exchange' ? request : null);
    relay(child, response, pushes);
    if (pushes) {
      const [, , , verdict, display] = child.stdio as unknown as [unknown, unknown, unknown, Duplex, Duplex];
      // Without its sockets the hook ends at once, and with it the push.
      const hangUp = (): void => {
        verdict.destroy();
        display.destroy();
      };
      closing.signal.addEventListener('abort', hangUp, { once: true });
      const signal = AbortSignal.any([gone.signal, closing.signal]);
      const session = { repoId, appName, actor, repoPath, signal, onPush: options.onPush };
      await servePushHook(verdict, display, { ...session, report: (error) => report('git.push_failed', error) });
      closing.signal.removeEventListener('abort', hangUp);
    }
    await exited;
    running.delete(child);
    if (pushes) void tidyLater(repoPath);
  };

  /** One at a time: it is never urgent. */
  const tidyLater = (repoPath: string): Promise<void> => {
    tidying = tidying
      .then(() => (closing.signal.aborted ? false : tidyRepository(repoPath, git)))
      .then(
        () => undefined,
        (error: unknown) => report('git.tidy_failed', error),
      );
    return tidying;
  };
  void sweepRepositories(options.reposFolder, ABANDONED_MS).catch((error: unknown) =>
    report('git.sweep_failed', error),
  );

  return {
    async handle(request, response) {
      response.on('error', () => undefined);
      try {
        const asked = parseGitRequest(request.method ?? 'GET', request.url ?? '/');
        if (!asked) return false;
        await answer(asked, request, response);
      } catch (error) {
        if (!isPlatformError(error)) report('git.request_failed', error);
        refuse(response, error);
      }
      return true;
    },

    async close() {
      closing.abort(new Error('the git server is closing'));
      for (const child of running.keys()) child.kill();
      await Promise.all([...running.values(), tidying]);
    },
  };
}

function argumentsFor(asked: GitRequest, repoPath: string, maxInputBytes: number): readonly string[] {
  const command = asked.service.slice('git-'.length);
  const settings = ['-c', `core.hooksPath=${HOOKS_FOLDER}`, '-c', `receive.maxInputSize=${maxInputBytes}`];
  return [
    ...settings,
    command,
    '--stateless-rpc',
    ...(asked.step === 'advertise' ? ['--advertise-refs'] : []),
    repoPath,
  ];
}

/** The `Git-Protocol` header, when it is one that git may see in its environment. */
function protocolOf(request: IncomingMessage): string | null {
  const header = request.headers['git-protocol'];
  return typeof header === 'string' && /^version=[012](:[\w=:-]{0,100})?$/.test(header) ? header : null;
}

/** The first packet of an advertisement, and the flush packet that ends it. */
function serviceHeader(service: GitService): string {
  const line = `# service=${service}\n`;
  return `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`;
}

function feed(stdin: Writable, request: IncomingMessage | null): void {
  stdin.on('error', () => undefined);
  if (!request) {
    stdin.end();
    return;
  }
  const body = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
  body.on('error', () => stdin.destroy());
  request.on('close', () => {
    if (!request.complete) stdin.destroy();
  });
  body.pipe(stdin);
}

/**
 * Sends what git says as it comes. When the client leaves, a fetch ends at once; a push goes on detached, as on Heroku: git is
 * read to its end, so that the build finishes and the ref follows it.
 */
function relay(child: ChildProcess, response: ServerResponse, pushes: boolean): void {
  const stdout = child.stdout as Readable;
  response.socket?.setNoDelay(true);
  stdout.pipe(response);
  response.on('close', () => {
    if (response.writableFinished) return;
    if (!pushes) child.kill();
    stdout.unpipe(response);
    stdout.resume();
  });
}

/** Resolves when the process is gone, however it went. */
function exitOf(child: ChildProcess): Promise<void> {
  child.stderr?.resume();
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
}

/** Git shows a plain-text body as `remote: ` lines. */
function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const known = isPlatformError(error)
    ? error
    : new PlatformError('internal_server_error', 'Something went wrong here.');
  if (known.id === 'unauthorized') response.setHeader('www-authenticate', 'Basic realm="Jangada"');
  response.statusCode = known.status;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.setHeader('connection', 'close');
  response.end(` !     ${known.message}\n`);
}
