import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { PlatformError } from '@jangada/platform-api';
import { type GitProgram, SYSTEM_GIT, startGit } from './git-process.ts';

/** Where a commit is. `environment` is the quarantine of a push under way, empty for a stored commit. */
export interface CommitPlace {
  readonly repoPath: string;
  readonly commit: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Submodule {
  readonly path: string;
  readonly commit: string;
}

/** The files of one commit, ready to be built. */
export interface CommitSource {
  readonly commit: string;
  /** First line of the commit message. */
  readonly subject: string;
  /** Number of files. */
  readonly paths: number;
  /** Names of the files at the top. */
  readonly topFiles: readonly string[];
  /** Other repositories at a place of this one; their files are not in `open`. */
  readonly submodules: readonly Submodule[];
  /** All files as an uncompressed tar archive; may be called again. The stream fails when git does. */
  open(signal?: AbortSignal): Promise<Readable>;
}

/** Looks at a commit. Throws `not_found` when the repository does not have it. */
export async function readCommitSource(place: CommitPlace, git: GitProgram = SYSTEM_GIT): Promise<CommitSource> {
  if (!/^[0-9a-f]{40,64}$/.test(place.commit)) {
    throw new PlatformError('invalid_params', `"${place.commit}" is not the full name of a commit.`);
  }
  const [subject, tree] = await Promise.all([
    readGit(git, place, ['log', '-1', '--no-show-signature', '--format=%s', place.commit]),
    readGit(git, place, ['ls-tree', '-r', '-z', '--full-tree', place.commit]),
  ]);
  const entries = tree.split('\0').filter((entry) => entry !== '');
  const pathOf = (entry: string): string => entry.slice(entry.indexOf('\t') + 1);
  const submodules = entries.filter((entry) => entry.startsWith('160000 '));
  return {
    commit: place.commit,
    subject: subject.trim(),
    paths: entries.length - submodules.length,
    topFiles: entries.map(pathOf).filter((path) => !path.includes('/')),
    submodules: submodules.map((entry) => {
      const [, , commit = ''] = entry.split(/[ \t]/, 3);
      return { path: pathOf(entry), commit };
    }),
    open: async (signal) => Readable.from(archive(git, place, signal), { objectMode: false }),
  };
}

async function* archive(git: GitProgram, place: CommitPlace, signal?: AbortSignal): AsyncIterable<Buffer> {
  const args = ['-c', 'tar.umask=0022', 'archive', '--format=tar', place.commit];
  const child = startGit(git, args, { ...optionsFor(place), ...(signal ? { signal } : {}) });
  const ended = exitOf(child);
  try {
    for await (const chunk of child.stdout as Readable) yield chunk as Buffer;
    const { code, complaint } = await ended;
    if (code !== 0) throw new PlatformError('internal_server_error', `git archive failed: ${complaint}`);
  } finally {
    child.kill();
    await ended.catch(() => undefined);
  }
}

async function readGit(git: GitProgram, place: CommitPlace, args: readonly string[]): Promise<string> {
  const child = startGit(git, args, optionsFor(place));
  const [output, { code, complaint }] = await Promise.all([text(child.stdout as Readable), exitOf(child)]);
  if (code === 0) return output;
  throw new PlatformError('not_found', `The commit ${place.commit} cannot be read. ${complaint}`);
}

function optionsFor(place: CommitPlace) {
  return {
    cwd: place.repoPath,
    env: { ...place.environment, GIT_DIR: place.repoPath },
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
  };
}

function exitOf(child: ReturnType<typeof startGit>): Promise<{ code: number | null; complaint: string }> {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (complaint.length < 4_000) complaint += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, complaint: complaint.trim() }));
  });
}
