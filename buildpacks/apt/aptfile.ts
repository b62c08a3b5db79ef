import { BuildError } from '../kit/build-error.ts';

/** What an Aptfile asks for. */
export interface Aptfile {
  /** `figlet`, `figlet=2.2.5-3`, `libc6:i386`. */
  readonly packages: readonly string[];
  /** Addresses of .deb files. */
  readonly urls: readonly string[];
  /** Lines of a sources.list. */
  readonly repositories: readonly string[];
}

const PACKAGE = /^[a-z0-9][a-z0-9+.-]*(?::[a-z0-9]+)?(?:[=/][\w.+:~-]+)?$/;
const REPOSITORY = /^deb (?:\[([^\]]*)\] )?https?:\/\/\S+ \S+(?: \S+)*$/;

/**
 * One package, URL of a .deb, or `:repo:deb …` a line; `#` begins a comment. `appFolder`: where a key that `signed-by` names by a
 * path of its own lies. Throws BuildError with the line that is none of these.
 */
export function readAptfile(text: string, appFolder: string): Aptfile {
  const packages: string[] = [];
  const urls: string[] = [];
  const repositories: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const entry = line.replace(/(^|\s)#.*/, '').trim();
    if (entry === '') continue;
    if (/^https?:\/\/\S+\.deb$/.test(entry)) urls.push(entry);
    else if (entry.startsWith(':repo:'))
      repositories.push(repositoryOf(entry.slice(':repo:'.length).trim(), index + 1, appFolder));
    else if (entry.split(/\s+/).every((name) => PACKAGE.test(name))) packages.push(...entry.split(/\s+/));
    else {
      throw new BuildError(
        `Line ${index + 1} of the Aptfile is not understood: ${entry.slice(0, 100)}`,
        'A line has the name of a Debian package, the https:// address of a .deb file, or :repo:deb and a repository.',
      );
    }
  }
  return { packages, urls, repositories };
}

function repositoryOf(line: string, number: number, appFolder: string): string {
  const options = REPOSITORY.exec(line);
  if (!options) {
    throw new BuildError(
      `Line ${number} of the Aptfile has no repository: ${line.slice(0, 100)}`,
      'It looks like this: :repo:deb [signed-by=keys/vendor.asc] https://apt.example.com stable main',
    );
  }
  if (!/\b(?:signed-by|trusted)=/.test(options[1] ?? '')) {
    throw new BuildError(
      `Line ${number} of the Aptfile has a repository without a key, so its packages cannot be verified.`,
      'Commit its key and name it: :repo:deb [signed-by=keys/vendor.asc] https://… (or [trusted=yes] to do without).',
    );
  }
  return line.replace(/signed-by=(?!\/)([^\s\]]+)/, (_match, path: string) => `signed-by=${appFolder}/${path}`);
}

/** What a failed apt-get says about its cause, as advice. */
export function explainApt(output: readonly string[]): readonly string[] {
  const text = output.join('\n');
  const missing =
    /Unable to locate package (\S+)/.exec(text)?.[1] ??
    /Package '?([\w.+-]+)'? has no installation candidate/.exec(text)?.[1];
  if (missing)
    return [`There is no package ${missing}. Names are those of Debian 13: search for it on packages.debian.org.`];
  if (/NO_PUBKEY|not signed/.test(text))
    return ['A repository is signed with another key than the one that signed-by names.'];
  return [];
}
