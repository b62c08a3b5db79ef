import { isPlatformError } from '@jangada/platform-api';
import type { Command, CommandContext } from './command.ts';
import { closest, commandHelp, overview } from './help.ts';

/** Exit status for words that mean nothing. */
const USAGE = 2;

/** Finds and runs the command that `argv` (without program names) names. Resolves with the exit status. */
export async function runCli(
  argv: readonly string[],
  commands: readonly Command[],
  context: CommandContext,
): Promise<number> {
  const [name, ...rest] = argv;
  const fail = (message: string): void => context.progress(` !     ${message}\n`);
  if (name === undefined || ['help', '--help', '-h'].includes(name)) return help(rest[0], commands, context, fail);
  const wanted = ['--version', '-v'].includes(name) ? 'version' : name;
  const command = commands.find((candidate) => candidate.name === wanted);
  if (!command) {
    fail(unknown(name, commands));
    return USAGE;
  }
  if (!command.passthrough && rest.some((word) => word === '--help' || word === '-h')) {
    context.print(commandHelp(command));
    return 0;
  }
  try {
    return await command.run(rest, context);
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
      fail(`${error.message} See "jangada help ${command.name}".`);
      return USAGE;
    }
    fail(error instanceof Error ? error.message : String(error));
    if (!isPlatformError(error) && error instanceof Error) context.progress(`${error.stack}\n`);
    return 1;
  }
}

function help(
  name: string | undefined,
  commands: readonly Command[],
  context: CommandContext,
  fail: (message: string) => void,
): number {
  if (name === undefined) {
    context.print(overview(commands));
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command) context.print(commandHelp(command));
  else fail(unknown(name, commands));
  return command ? 0 : USAGE;
}

function unknown(name: string, commands: readonly Command[]): string {
  const guess = closest(
    name,
    commands.filter((command) => !command.hidden).map((command) => command.name),
  );
  return `"${name}" is not a jangada command.${guess ? ` Did you mean "${guess}"?` : ''} See "jangada help".`;
}
