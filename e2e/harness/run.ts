import { spawn } from 'node:child_process';

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order of arrival. */
  readonly output: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Milliseconds; the default ends what hangs, half of a test's time before the test does. */
  readonly timeout?: number;
  /** Called with everything printed so far, whenever there is more. */
  readonly onOutput?: (output: string, kill: (signal?: NodeJS.Signals) => void) => void;
}

const DEFAULT_MS = 300_000;

/** Runs a program to its end and keeps what it prints. Never throws for an exit status: look at it. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeout ?? DEFAULT_MS,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    let output = '';
    const take = (chunk: Buffer): string => {
      output += chunk;
      options.onOutput?.(output, (signal = 'SIGTERM') => child.kill(signal));
      return String(chunk);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += take(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += take(chunk);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr, output }));
  });
}

/** Like `run`, and throws with everything printed when the status is not 0. */
export async function runOk(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const outcome = await run(command, args, options);
  if (outcome.status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${outcome.status}:\n${outcome.output}`);
  return outcome;
}

/** Runs a program on a terminal of its own (util-linux `script`), typing `input` once `prompt` was printed. */
export function runOnTerminal(
  command: string,
  args: readonly string[],
  options: RunOptions & { readonly typed: readonly Typed[] },
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const quoted = [command, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const child = spawn('script', ['-qefc', quoted, '/dev/null'], {
      cwd: options.cwd,
      env: { ...options.env, TERM: 'xterm' },
      timeout: options.timeout ?? DEFAULT_MS,
      killSignal: 'SIGKILL',
    });
    const pending = [...options.typed];
    let output = '';
    let seen = 0;
    const take = (chunk: Buffer): void => {
      output += chunk;
      const next = pending[0];
      if (!next) return;
      const at = output.slice(seen).search(next.after);
      if (at < 0) return;
      seen = output.length;
      pending.shift();
      child.stdin.write(next.type);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout: output, stderr: '', output }));
  });
}

/** Keys to type once the output since the last ones matches. */
export interface Typed {
  readonly after: RegExp;
  readonly type: string;
}
