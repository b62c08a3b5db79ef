/** Whether a path of the build context (`a/b.txt`) is left out. */
export type DockerignoreRule = (path: string) => boolean;

interface Pattern {
  readonly names: readonly NamePattern[];
  readonly isException: boolean;
}

/** `**`, or what one name of a path has to look like. */
type NamePattern = '**' | readonly Token[];

/** One character: any, one of a set, or this very one; or any number of any. */
type Token = 'star' | ((character: string) => boolean);

/**
 * Reads a `.dockerignore` (Docker's reference, "dockerignore files"): every pattern counts from the root of the context and
 * covers what lies below a match, `**` crosses folders, `!` takes out of the ignored, the last pattern that fits decides.
 * Matching takes a time that grows with the product of both lengths and no faster: the patterns are a stranger's.
 */
export function parseDockerignore(text: string): DockerignoreRule {
  const patterns = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .flatMap(patternOf);
  return (path) => {
    const names = path.split('/');
    const fitting = patterns.findLast((pattern) => covers(pattern.names, names));
    return fitting !== undefined && !fitting.isException;
  };
}

function patternOf(line: string): readonly Pattern[] {
  const trimmed = line.trim();
  const isException = trimmed.startsWith('!');
  const names: string[] = [];
  for (const name of trimmed.replace(/^!\s*/, '').split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names.length === 0
    ? []
    : [{ names: names.map((name) => (name === '**' ? name : tokensOf(name))), isException }];
}

/** Whether the pattern fits the path or a folder above it. */
function covers(pattern: readonly NamePattern[], path: readonly string[]): boolean {
  // After each name of the pattern: how many names of the path it may have taken.
  let taken = new Set([0]);
  for (const [index, name] of pattern.entries()) {
    const next = new Set<number>();
    for (const count of taken) {
      if (name === '**') {
        // At the end it stands for at least one name, elsewhere for none too.
        const least = index === pattern.length - 1 ? count + 1 : count;
        for (let more = least; more <= path.length; more++) next.add(more);
      } else if (count < path.length && fits(name, path[count] as string)) next.add(count + 1);
    }
    taken = next;
  }
  return taken.size > 0;
}

/** Goes back to the last star only, which is enough: an earlier one would have matched less. */
function fits(tokens: readonly Token[], name: string): boolean {
  let [at, token, star, from] = [0, 0, -1, 0];
  while (at < name.length) {
    const current = tokens[token];
    if (current === 'star') {
      [star, from] = [token, at];
      token += 1;
    } else if (current?.(name[at] as string)) {
      at += 1;
      token += 1;
    } else if (star >= 0) {
      from += 1;
      [at, token] = [from, star + 1];
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === 'star');
}

function tokensOf(glob: string): readonly Token[] {
  return [...glob.matchAll(/\\(.)|\*+|\[(\^?)([^\]]+)\]|./gs)].map(([part, escaped, not, set]): Token => {
    if (escaped !== undefined) return (character) => character === escaped;
    if (part.startsWith('*')) return 'star';
    if (part === '?') return () => true;
    if (set !== undefined) return (character) => isIn(set, character) !== (not === '^');
    return (character) => character === part;
  });
}

/** `a-z` is a range. */
function isIn(set: string, character: string): boolean {
  return [...set.matchAll(/\\?(.)-\\?(.)|\\?(.)/gs)].some(([, low, high, one]) =>
    low === undefined || high === undefined ? one === character : low <= character && character <= high,
  );
}
