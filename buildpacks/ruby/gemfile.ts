import { BuildError } from '../kit/build-error.ts';

/** What the buildpack reads of a Gemfile.lock. */
export interface Lockfile {
  /** Names of all gems with their versions. */
  readonly gems: ReadonlyMap<string, string>;
  /** `3.3.5`; null when the Gemfile does not say. */
  readonly ruby: string | null;
  readonly platforms: readonly string[];
}

/** Reads Bundler's lockfile, whose sections are words in capitals and whose entries are indented. */
export function readLockfile(text: string): Lockfile {
  const gems = new Map<string, string>();
  const platforms: string[] = [];
  let ruby: string | null = null;
  let section = '';
  for (const line of text.replaceAll('\r', '').split('\n')) {
    if (/^[A-Z][A-Z ]+$/.test(line)) section = line;
    const gem = /^ {4}([\w.-]+) \(([^)\s]+)\)$/.exec(line);
    if (gem && ['GEM', 'GIT', 'PATH'].includes(section)) gems.set(gem[1] as string, gem[2] as string);
    if (section === 'PLATFORMS' && /^ {2}\S/.test(line)) platforms.push(line.trim());
    if (section === 'RUBY VERSION') ruby = /^\s+ruby (\d+\.\d+\.\d+)/.exec(line)?.[1] ?? ruby;
  }
  return { gems, ruby, platforms };
}

/**
 * What the Gemfile's `ruby` line asks for, in the form of semver; null when it has none. `fileOf` reads a file that the line names
 * (`ruby file: ".ruby-version"`).
 */
export function wantedRuby(gemfile: string, fileOf: (name: string) => string | null): string | null {
  const line = /^\s*ruby[\s(]+(.+?)\)?\s*(?:#.*)?$/m.exec(gemfile)?.[1];
  if (line === undefined) return null;
  const file = /file:\s*["']([^"']+)["']/.exec(line)?.[1];
  if (file !== undefined) {
    const version = /(?:^|\s)(?:ruby[- ])?(\d+\.\d+(?:\.\d+)?)/m.exec(fileOf(file) ?? '')?.[1];
    if (version) return version;
    throw new BuildError(
      `The Gemfile takes the version of Ruby from ${file}, which has none.`,
      'Write one into it, such as 3.3.',
    );
  }
  const requirements = [...line.matchAll(/["']([^"']+)["']/g)].map((match) => (match[1] as string).trim());
  return requirements.length === 0 ? null : requirements.map(rangeOf).join(' ');
}

/** `~> 3.3.1` is at least that and below 3.4; RubyGems' other operators are semver's. */
function rangeOf(requirement: string): string {
  const [, operator = '', version = ''] = /^(~>|>=|<=|>|<|=|!=)?\s*(\d+(?:\.\d+)*)$/.exec(requirement) ?? [];
  if (version === '' || operator === '!=') {
    throw new BuildError(
      `The Gemfile asks for Ruby "${requirement}", which is not understood.`,
      'Write a version, such as "~> 3.3".',
    );
  }
  const parts = version.split('.').map(Number);
  if (operator !== '~>') return `${operator}${version}`;
  const upper = parts.length > 2 ? `${parts[0]}.${(parts[1] as number) + 1}` : `${(parts[0] as number) + 1}`;
  return `>=${version} <${upper}`;
}

/** Whether the lockfile can be installed on this machine: one of other machines alone names no version for it. */
export function requirePlatform({ platforms }: Lockfile): void {
  if (platforms.length === 0 || platforms.some((platform) => platform === 'ruby' || /linux/.test(platform))) return;
  throw new BuildError(
    `Gemfile.lock is for ${platforms.join(' and ')} only, and dynos run Linux.`,
    'Run "bundle lock --add-platform x86_64-linux" and commit Gemfile.lock.',
  );
}

/** What a failed "bundle install" says about its cause, as advice. */
export function explainBundler(output: readonly string[]): readonly string[] {
  const text = output.join('\n');
  if (/Your Ruby version is (\S+), but your Gemfile specified/.test(text)) {
    return ['Change the ruby line of the Gemfile to a version that this server has, and run "bundle update --ruby".'];
  }
  if (/frozen mode|lockfile can't be updated|deployment mode/i.test(text)) {
    return ['Gemfile and Gemfile.lock do not fit: run "bundle install" on your machine and commit Gemfile.lock.'];
  }
  const missing = /(?:Could not find (?:gem )?'?|Your bundle is locked to )([\w.-]+)/.exec(text)?.[1];
  if (/mkmf|extconf\.rb|Failed to build gem native extension/.test(text)) {
    const header = /fatal error: (\S+\.h): No such file/.exec(text)?.[1];
    return header === undefined ||
      /(?:make|gcc|cc).*not found|compiler failed|You have to install development tools/i.test(text)
      ? [
          'A gem is compiled here. If its compiler is missing, the build layer of the stack is not ready yet: the operator sees with',
          '"jangada status" when it is. If a library is missing, add its Debian package (…-dev) to an Aptfile.',
        ]
      : [`A gem needs the C header ${header}: add its Debian package to an Aptfile.`];
  }
  return missing === undefined
    ? []
    : [
        `No gem server has ${missing} in that version, or the one that has it cannot be reached.`,
        'Correct the version, name a mirror with the config var BUNDLE_MIRROR__ALL, or keep gems in vendor/cache ("bundle cache").',
      ];
}
