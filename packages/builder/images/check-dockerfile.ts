/** The frontend that may be asked for with `# syntax=`. Any other is a program of a stranger with the engine's own network. */
const KNOWN_SYNTAX = /^(docker\.io\/)?docker\/dockerfile([:@][\w.:-]+)?$/;

/** The next line goes on with the instruction. */
const ESCAPED_END = /\\[ \t]*$/;
const BACKTICK_END = /`[ \t]*$/;
/** Comments and empty lines among those of an instruction. A byte order mark, a blank for JavaScript, is content for BuildKit. */
const SKIPPED = /^[^\S\uFEFF]*(?:#|$)/;

const ADD = /^\s*(?:ONBUILD\s+)?ADD\s+/i;
/** A word that the next line may complete. */
const BEGINNING_OF_ADD = /^\s*(?:ONBUILD\s+)?[A-Z]{1,7}$/i;
const FLAGS = /^(?:--[\w=,.:$@{}+*?!/-]+[\t\v\f\r ]+)*/;
/** Blanks are in JSON's lists only. */
const PLAIN_PATH = /^[\p{L}\p{M}\p{N}\w ./*?@+~=,%()-]+$/u;
const GIT_PATH = /^(?:git@|github\.com\/)/i;
const HEREDOC = /^\d*<<-?(["']?)\w+\1$/;

/**
 * What a Dockerfile asks for that builds here do not do, in a sentence; null when there is nothing. Files from URLs are fetched
 * by the engine itself, from the machine's own network where a cloud's metadata service answers, so RUN has to fetch them
 * (decision 0066). BuildKit's versions read Dockerfiles differently, so this does not read as one of them does: it refuses what
 * any of them could take for more than a path.
 */
export function dockerfileComplaint(text: string): string | null {
  if (/\r(?!\n)/.test(text)) return 'It has a carriage return inside a line. Save it with plain line ends.';
  // U+0085 is a blank for BuildKit, not for JavaScript, as U+00A0 is for both.
  const lines = text
    .replace(/^\uFEFF/, '')
    .replaceAll('\u0085', '\u00A0')
    .split(/\r?\n/);
  const syntax = foreignSyntax(lines);
  if (syntax !== null) {
    return `"${syntax.slice(0, 80)}" is not offered here. Use "# syntax=docker/dockerfile:1", or leave the line out.`;
  }
  const add = unclearAdd(lines);
  if (add === null) return null;
  const rule =
    'ADD cannot fetch from URLs here, so it takes plain paths alone, without variables, quotes and backslashes.';
  const advice = 'Fetch the file in a RUN instead, or use COPY if it is in the source.';
  const within =
    'In a RUN of several lines no line may begin with the word "add": put it at the end of the line before.';
  return `"${add.trim().slice(0, 80)}": ${rule} ${advice} ${within}`;
}

/**
 * A line that asks for a frontend of a stranger. BuildKit's versions differ in what may stand before it, so all comments at the
 * beginning are looked at; JSON in the place of a Dockerfile can ask for one too.
 */
function foreignSyntax(lines: readonly string[]): string | null {
  for (const line of lines) {
    if (/^\s*\{/.test(line)) return line.trim();
    if (!/^\s*(?:#|\/\/|$)/.test(line)) return null;
    const [, value] = /^\s*(?:#|\/\/)\s*syntax\s*=(.*)$/is.exec(line) ?? [];
    if (value !== undefined && !KNOWN_SYNTAX.test(value.trim())) return line.trim();
  }
  return null;
}

/**
 * The first ADD with a source that may be more than a path. Where an instruction ends, and with it the next one begins, depends
 * on the version and on heredocs, so every line is taken for a beginning.
 */
function unclearAdd(lines: readonly string[]): string | null {
  const setsEscape = lines.some((line) => /^\s*#\s*escape\s*=/i.test(line));
  for (const escapedEnd of setsEscape ? [ESCAPED_END, BACKTICK_END] : [ESCAPED_END]) {
    for (let at = 0; at < lines.length; at++) {
      const add = addAt(lines, at, escapedEnd);
      if (add === null) continue;
      if (!isPlain(add.text)) return add.text;
      // What begins on a line of this one has no other words than this one.
      at = add.end;
    }
  }
  return null;
}

interface Add {
  /** All of it, on one line. */
  readonly text: string;
  /** Its last line. */
  readonly end: number;
}

/** The ADD that begins at this line; null when none does. */
function addAt(lines: readonly string[], begin: number, escapedEnd: RegExp): Add | null {
  const contents: string[] = [];
  let head = '';
  let isAdd = false;
  let end = begin;
  for (; end < lines.length; end++) {
    const line = lines[end] ?? '';
    if (end > begin && SKIPPED.test(line)) continue;
    const content = line.replace(escapedEnd, '');
    contents.push(content);
    if (!isAdd && (content !== '' || end === begin)) {
      head += content;
      isAdd = ADD.test(head);
      if (!isAdd && !BEGINNING_OF_ADD.test(head)) return null;
    }
    if (content === line) break;
  }
  return isAdd ? { text: contents.join(''), end } : null;
}

/** Whether all that it adds is in the source, in every way of reading it. */
function isPlain(add: string): boolean {
  const operands = add.replace(ADD, '').replace(FLAGS, '');
  const words = jsonList(operands) ?? operands.split(/[\t\v\f\r ]+/).filter((word) => word !== '');
  const sources = words.slice(0, -1);
  return sources.every((source) => HEREDOC.test(source) || (PLAIN_PATH.test(source) && !GIT_PATH.test(source)));
}

function jsonList(text: string): readonly string[] | null {
  if (!text.startsWith('[')) return null;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : null;
  } catch {
    return null;
  }
}
