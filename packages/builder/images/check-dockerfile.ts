/** The frontend that may be asked for with `# syntax=`. Any other is a program of a stranger with the engine's own network. */
const KNOWN_SYNTAX = /^(docker\.io\/)?docker\/dockerfile([:@][\w.:-]+)?$/;

/**
 * What a Dockerfile asks for that builds here do not do, in a sentence; null when there is nothing. Files from URLs are fetched
 * by the engine itself, from the machine's own network where a cloud's metadata service answers, so RUN has to fetch them
 * (decision 0066).
 */
export function dockerfileComplaint(text: string): string | null {
  const syntax = syntaxOf(text);
  if (syntax !== null && !KNOWN_SYNTAX.test(syntax)) {
    return `"# syntax=${syntax}" is not offered here. Use docker/dockerfile, or leave the line out.`;
  }
  const remote = ['\\', '`'].flatMap((continuation) => instructions(text, continuation)).find(addsFromAfar);
  if (remote === undefined) return null;
  return `"${remote.slice(0, 80)}": ADD cannot fetch from URLs, and not from variables, here. Fetch the file in a RUN instead.`;
}

/** Directives stand before everything else, comments too. */
function syntaxOf(text: string): string | null {
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const [, name, value] = /^\s*(?:#|\/\/)\s*([A-Za-z]+)\s*=\s*(.+?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return null;
    if (name.toLowerCase() === 'syntax') return value;
  }
  return null;
}

/** Whole instructions: comments gone, continued lines joined. */
function instructions(text: string, continuation: string): readonly string[] {
  const joined: string[] = [];
  let open = '';
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(#|$)/.test(line)) continue;
    const continues = line.trimEnd().endsWith(continuation);
    open += continues ? line.trimEnd().slice(0, -1) : line;
    if (continues) continue;
    joined.push(open.trim());
    open = '';
  }
  return [...joined, open.trim()];
}

function addsFromAfar(instruction: string): boolean {
  const [, rest] = /^(?:ONBUILD\s+)*ADD\s+(.+)$/is.exec(instruction) ?? [];
  if (rest === undefined) return false;
  const sources = rest.split(/[\s,"'[\]]+/).filter((word) => word !== '' && !word.startsWith('--'));
  return sources
    .slice(0, -1)
    .some((source) => /:\/\/|\$|@.*:|\.git(#|$)/.test(source) || /^github\.com\//.test(source));
}
