import { PlatformError } from '@jangada/platform-api';

/** What a Procfile declares: process type to command, in the order of the file, and what a person should be told about it. */
export interface Procfile {
  readonly types: Readonly<Record<string, string>>;
  /** Full sentences, one for each line that was not taken as it stands. */
  readonly warnings: readonly string[];
}

const LONGEST_NAME = 63;
const ENTRY = /^([A-Za-z0-9_-]+):\s*(.+)$/;
const NAMELESS_COMMAND = /^([A-Za-z0-9_-]+):\s*$/;
const CONFLICT_MARKER = /^(<{7}|={7}|>{7})/;

/**
 * Reads a Procfile by the rules of builds 2.1: foreman's expression, case kept, comments and blank lines ignored, CRLF
 * accepted, the last of equal names wins, other lines warn. Throws `invalid_params` with a readable sentence for a name that
 * no process type may have.
 */
export function parseProcfile(text: string): Procfile {
  const types = new Map<string, string>();
  const warnings: string[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);

  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const place = `line ${index + 1} of the Procfile`;
    const entry = CONFLICT_MARKER.test(line) ? null : ENTRY.exec(line);
    if (!entry) {
      warnings.push(whyIgnored(line, place));
      continue;
    }
    const [, name, command] = entry as unknown as [string, string, string];
    if (name.length > LONGEST_NAME) {
      throw new PlatformError(
        'invalid_params',
        `The process type in ${place} has ${name.length} characters; at most ${LONGEST_NAME} are possible.`,
      );
    }
    if (/^\s/.test(raw)) warnings.push(`${capital(place)} starts with spaces, which were ignored.`);
    if (types.has(name)) warnings.push(`The process type "${name}" is declared more than once; ${place} was used.`);
    types.set(name, command);
  }
  if (types.size === 0 && warnings.length === 0) warnings.push('The Procfile is empty: it declares no process types.');
  return { types: Object.fromEntries(types), warnings };
}

/** The command of a process type. Throws `invalid_params` that names the types there are. */
export function processCommand(types: Readonly<Record<string, string>>, type: string): string {
  const command = Object.hasOwn(types, type) ? types[type] : undefined;
  if (command !== undefined) return command;
  const known = Object.keys(types).sort().join(', ');
  throw new PlatformError(
    'invalid_params',
    `There is no process type "${type}". ${known === '' ? 'The app declares none: add a Procfile.' : `The app declares: ${known}.`}`,
  );
}

/** The warning for a line without an entry; throws when the line is an entry whose name cannot be one. */
function whyIgnored(line: string, place: string): string {
  if (CONFLICT_MARKER.test(line)) return `${capital(place)} is a merge-conflict marker and was ignored.`;
  const colon = line.indexOf(':');
  if (colon === 0) throw new PlatformError('invalid_params', `A process type is missing before the ":" in ${place}.`);
  if (NAMELESS_COMMAND.test(line)) return `${capital(place)} has no command and was ignored: ${line}`;
  if (colon < 0) return `${capital(place)} is not of the form "type: command" and was ignored: ${line}`;
  const bad = /[^A-Za-z0-9_-]/.exec(line.slice(0, colon));
  throw new PlatformError(
    'invalid_params',
    `"${bad?.[0]}" (character ${(bad?.index ?? 0) + 1}) cannot be part of a process type, in ${place}. Letters, digits, "-" and "_" can.`,
  );
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
