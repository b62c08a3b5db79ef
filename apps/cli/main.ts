import { COMMANDS } from './commands/index.ts';
import { readCliConfig } from './config.ts';
import { runCli } from './run-cli.ts';

/** The `jangada` command: standard output carries answers, standard error progress and failures. */
// Whoever read our output (head, less) has seen enough.
process.stdout.on('error', (error: Error & { code?: string }) => process.exit(error.code === 'EPIPE' ? 0 : 1));
// A terminal that is gone must not end us before what was begun is put in order.
process.stderr.on('error', () => {});

process.exitCode = await runCli(process.argv.slice(2), COMMANDS, {
  config: readCliConfig(),
  print: (line) => void process.stdout.write(`${line}\n`),
  progress: (text) => void process.stderr.write(text),
});
