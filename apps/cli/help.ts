import type { Command } from './command.ts';

/** The list of commands. */
export function overview(commands: readonly Command[]): string {
  const shown = commands.filter((command) => !command.hidden);
  const width = Math.max(...shown.map((command) => command.name.length));
  return [
    'Jangada: an open, self-hosted Heroku.',
    '',
    'USAGE',
    '  bin/jangada COMMAND',
    '',
    'COMMANDS',
    ...shown.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'More on one command: bin/jangada help COMMAND. Apps are worked on with the Heroku CLI: bin/jangada help env.',
  ].join('\n');
}

/** Everything about one command. */
export function commandHelp(command: Command): string {
  return [
    command.summary,
    '',
    'USAGE',
    `  bin/jangada ${command.name} ${command.usage}`.trimEnd(),
    '',
    command.help,
  ].join('\n');
}

/** The known word nearest to a mistyped one, or null when none is near. */
export function closest(word: string, known: readonly string[]): string | null {
  const begun = known.filter((candidate) => candidate.startsWith(word));
  if (begun.length === 1) return begun[0] ?? null;
  const ranked = known
    .map((candidate) => ({ candidate, steps: distance(word, candidate) }))
    .toSorted((a, b) => a.steps - b.steps);
  const [best] = ranked;
  return best && best.steps <= Math.max(1, Math.floor(word.length / 2)) ? best.candidate : null;
}

/** Levenshtein's number of single-letter changes. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
