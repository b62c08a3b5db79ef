import { PlatformError } from '@jangada/platform-api';

export interface Submodule {
  readonly path: string;
  readonly commit: string;
}

/** What there is in a commit. */
export interface CommitTree {
  /** Number of files. */
  readonly paths: number;
  /** Names of the files at the top. */
  readonly topFiles: readonly string[];
  /** Other repositories at a place of this one. */
  readonly submodules: readonly Submodule[];
}

const MAX_ENTRIES = 500_000;
/** Of the whole list: names may be long too. */
const MAX_BYTES = 100 * 1024 * 1024;

/**
 * Reads what `git ls-tree -r -z` writes. A few trees that hold each other many times make millions of paths, so the list is
 * read as it comes and only what is asked for is kept. Throws `payload_too_large` as soon as it is too long.
 */
export async function readTree(list: AsyncIterable<Buffer>): Promise<CommitTree> {
  let entries = 0;
  let bytes = 0;
  const topFiles: string[] = [];
  const submodules: Submodule[] = [];

  const take = (entry: Buffer): void => {
    if (++entries > MAX_ENTRIES) throw tooLarge();
    const isSubmodule = entry.subarray(0, 7).toString() === '160000 ';
    const begin = entry.indexOf('\t') + 1;
    const isAtTop = !entry.includes('/', begin);
    if (!isSubmodule && !isAtTop) return;
    const path = entry.toString('utf8', begin);
    if (isAtTop) topFiles.push(path);
    if (!isSubmodule) return;
    const [, , commit = ''] = entry.toString('utf8', 0, begin).split(/[ \t]/, 3);
    submodules.push({ path, commit });
  };

  let begun: Buffer[] = [];
  for await (const chunk of list) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw tooLarge();
    let begin = 0;
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, begin)) {
      const last = chunk.subarray(begin, end);
      take(begun.length === 0 ? last : Buffer.concat([...begun, last]));
      begun = [];
      begin = end + 1;
    }
    if (begin < chunk.length) begun.push(chunk.subarray(begin));
  }
  return { paths: entries - submodules.length, topFiles, submodules };
}

function tooLarge(): PlatformError {
  return new PlatformError(
    'payload_too_large',
    'The commit has too many files: more than 500,000, or more than 100 MB of names. Take out what the app does not need.',
  );
}
