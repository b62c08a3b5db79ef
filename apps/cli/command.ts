import type { CliConfig } from './config.ts';

/** What a command may write to and read from. */
export interface CommandContext {
  readonly config: CliConfig;
  /** One line for the person (standard output). */
  print(line: string): void;
  /** Text as it is, to standard error: progress. */
  progress(text: string): void;
}

/** One verb of `jangada`. */
export interface Command {
  readonly name: string;
  /** Words after the name in the help: `[PROCESS]`. */
  readonly usage: string;
  /** One line. */
  readonly summary: string;
  /** Paragraphs for `jangada help NAME`. */
  readonly help: string;
  /** Left out of the list of commands. */
  readonly hidden?: boolean;
  /** Takes everything after its name as it is (`jangada heroku …`). */
  readonly passthrough?: boolean;
  /** Resolves with the exit status. Throws PlatformError with a sentence for the person. */
  run(args: readonly string[], context: CommandContext): Promise<number>;
}
