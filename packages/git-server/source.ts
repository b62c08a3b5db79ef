import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { PlatformError } from '@jangada/platform-api';
import { type CommitTree, readTree } from './commit-tree.ts';
import { type GitProgram, SYSTEM_GIT, startGit } from './git-process.ts';

/** Where a commit is. `environment` is the quarantine of a push under way, empty for a stored commit. */
export interface CommitPlace {
  readonly repoPath: string;
  readonly commit: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The files of one commit, ready to be built; those of its submodules are not in `open`. */
export interface CommitSource extends CommitTree {
  readonly commit: string;
  /** First line of the commit message. */
  readonly subject: string;
  /** All files as an uncompressed tar archive; may be called again. The stream fails when git does. */
  open(signal?: AbortSignal): Promise<Readable>;
}

/** Looks at a commit. Throws `not_found` when the repository does not have it, `payload_too_large`. */
export async function readCommitSource(place: CommitPlace, git: GitProgram = SYSTEM_GIT): Promise<CommitSource> {
  if (!/^[0-9a-f]{40,64}$/.test(place.commit)) {
    throw new PlatformError('invalid_params', `"${place.commit}" is not the full name of a commit.`);
  }
  const [subject, tree] = await Promise.all([
    readGit(git, place, ['log', '-1', '--no-show-signature', '--format=%s', place.commit], text),
    readGit(git, place, ['ls-tree', '-r', '-z', '--full-tree', place.commit], readTree),
  ]);
  return {
    commit: place.commit,
    subject: subject.trim(),
    ...tree,
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

/** What `read` makes of git's output; git ends with it. Throws `not_found` when git fails. */
async function readGit<Result>(
  git: GitProgram,
  place: CommitPlace,
  args: readonly string[],
  read: (output: Readable) => Promise<Result>,
): Promise<Result> {
  const child = startGit(git, args, optionsFor(place));
  const ended = exitOf(child);
  try {
    const [result, { code, complaint }] = await Promise.all([read(child.stdout as Readable), ended]);
    if (code === 0) return result;
    throw new PlatformError('not_found', `The commit ${place.commit} cannot be read. ${complaint}`);
  } finally {
    child.kill();
    await ended.catch(() => undefined);
  }
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
