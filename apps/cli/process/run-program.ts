import { spawn } from 'node:child_process';
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

export interface Ended {
  /** Exit status; 127 when the program is not there, 128 when a signal ended it. */
  readonly code: number;
  /** Both streams, in order of arrival. */
  readonly output: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly input?: string;
  /** Gets every line of output as it comes. */
  readonly onLine?: (line: string) => void;
  /** File to which command and output are appended. */
  readonly log?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program to its end. Never throws for an exit status or a missing program: look at `code`. */
export async function runProgram(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<Ended> {
  const [program, ...args] = argv;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env as NodeJS.ProcessEnv | undefined,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      options.onLine?.(line);
    });
  }
  child.stdin.on('error', () => {}).end(options.input ?? '');
  const code = await new Promise<number>((resolve) => {
    child.once('error', (error: Error & { code?: string }) => {
      lines.push(error.message);
      if (error.code === 'ENOENT') resolve(127);
    });
    child.once('close', (status, signal) => resolve(status ?? (signal === null ? 127 : 128)));
  });
  const output = lines.join('\n');
  if (options.log) {
    await mkdir(dirname(options.log), { recursive: true });
    await appendFile(options.log, `$ ${argv.join(' ')}\n${output}\n[exit status ${code}]\n`);
  }
  options.signal?.throwIfAborted();
  return { code, output };
}
