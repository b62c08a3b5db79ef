/**
 * This file has no imports on purpose: it also runs on its own inside the build container.
 */

/** Whether a path of the source tree (`a/b.txt`, no leading slash) is left out of the build. */
export type IgnoreRule = (path: string, isDirectory: boolean) => boolean;

/**
 * Reads a `.slugignore`: the patterns of `.gitignore` without `!` (builds 1.4). A pattern with an inner or leading slash
 * counts from the root, any other at every depth; a trailing slash means directories only; `**` crosses directories. What
 * lies in an ignored directory is ignored with it, so callers do not descend.
 */
export function parseSlugignore(text: string): IgnoreRule {
  const patterns: { readonly expression: RegExp; readonly directoryOnly: boolean }[] = [];
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.replace(/(?<!\\)\s+$/, '');
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue;
    const directoryOnly = line.endsWith('/');
    const body = directoryOnly ? line.replace(/\/+$/, '') : line;
    const anchored = body.includes('/');
    const glob = body.replace(/^\/+/, '');
    if (glob === '') continue;
    patterns.push({ expression: new RegExp(`^${anchored ? '' : '(?:.*/)?'}${globSource(glob)}$`, 's'), directoryOnly });
  }
  return (path, isDirectory) =>
    patterns.some((pattern) => (isDirectory || !pattern.directoryOnly) && pattern.expression.test(path));
}

/** A glob as the source of a regular expression. */
function globSource(glob: string): string {
  let source = '';
  for (let at = 0; at < glob.length; at++) {
    const rest = glob.slice(at);
    const character = rest[0] as string;
    if (rest.startsWith('**/')) {
      source += '(?:.*/)?';
      at += 2;
    } else if (rest.startsWith('**')) {
      source += '.*';
      at += 1;
    } else if (character === '*') {
      source += '[^/]*';
    } else if (character === '?') {
      source += '[^/]';
    } else if (character === '[') {
      const set = /^\[([!^]?)(\]?[^\]/]*)\]/.exec(rest);
      source += set ? `[${set[1] ? '^' : ''}${set[2]?.replace(/[\\\]^[]/g, '\\$&')}]` : '\\[';
      at += set ? set[0].length - 1 : 0;
    } else if (character === '\\' && rest.length > 1) {
      source += escaped(rest[1] as string);
      at += 1;
    } else {
      source += escaped(character);
    }
  }
  return source;
}

function escaped(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
