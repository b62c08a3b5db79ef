import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { BuildError } from './build-error.ts';

/** Runs programs in the app's folder and shows their output indented, as details of the step. */
export interface Commands {
  /** Throws BuildError when it does not exit with 0. */
  run(argv: readonly string[]): Promise<void>;
  /** What it prints on standard output, shown to nobody; null when it does not exit with 0. */
  read(argv: readonly string[]): Promise<string | null>;
}

export interface CommandsOptions {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** What a line says when the package index is not to be reached, and then the lines to tell what to do. */
  readonly unreachable: { readonly pattern: RegExp; readonly advice: readonly string[] };
  /** More lines for a failure, from all of its output. */
  readonly explain?: (output: readonly string[]) => readonly string[];
}

/** Lines of a failed program's output that are looked at for its cause. */
const KEPT_LINES = 500;

export function createCommands({ folder, env, unreachable, explain }: CommandsOptions): Commands {
  const start = ([program, ...args]: readonly string[]) => {
    const child = spawn(program as string, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 1)));
    });
    return { child, ended };
  };

  return {
    async run(argv) {
      const { child, ended } = start(argv);
      const lines: string[] = [];
      const show = async (stream: Readable): Promise<void> => {
        for await (const line of createInterface({ input: stream })) {
          lines.push(line);
          if (lines.length > KEPT_LINES) lines.shift();
          process.stdout.write(`       ${line}\n`);
        }
      };
      const [code] = await Promise.all([ended, show(child.stdout), show(child.stderr)]);
      if (code === 0) return;
      const cause = lines.map((line) => unreachable.pattern.exec(line)?.[0]).find((match) => match !== undefined);
      throw new BuildError(
        `"${argv.join(' ')}" failed with exit status ${code}.`,
        ...(cause === undefined
          ? []
          : [`The package registry cannot be reached from builds (${cause}).`, ...unreachable.advice]),
        ...(code === 137 ? ['It was killed, most likely for using too much memory.'] : []),
        ...(explain?.(lines) ?? []),
      );
    },

    async read(argv) {
      const { child, ended } = start(argv);
      let output = '';
      child.stderr.resume();
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
      return (await ended) === 0 ? output : null;
    },
  };
}
