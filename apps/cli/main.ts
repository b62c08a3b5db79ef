import { COMMANDS } from './commands/index.ts';
import { readCliConfig } from './config.ts';
import { runCli } from './run-cli.ts';

/** The `jangada` command: standard output carries answers, standard error progress and failures. */
process.exitCode = await runCli(process.argv.slice(2), COMMANDS, {
  config: readCliConfig(),
  print: (line) => void process.stdout.write(`${line}\n`),
  progress: (text) => void process.stderr.write(text),
});
