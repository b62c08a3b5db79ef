import type { MemoryProcess } from './memory-process.ts';

/** Commands that behave in known ways, so that one suite can drive pretended and real processes. */
export interface EnginePrograms {
  /** Prints the lines, then exits. */
  print(lines: readonly string[], exitCode: number): readonly string[];
  /** Prints one line of `x`. */
  longLine(bytes: number): readonly string[];
  /** Runs until SIGTERM ends it. */
  forever(): readonly string[];
  /** Prints `ready`, ignores SIGTERM. */
  stubborn(): readonly string[];
  /** Prints `ready`; at SIGTERM prints `bye` and exits. */
  graceful(exitCode: number): readonly string[];
  /** Listens on the port until SIGTERM ends it. */
  listen(port: number): readonly string[];
  /** Dies of SIGKILL. */
  killItself(): readonly string[];
  /** Copies its input to its output until the input ends, then exits. */
  copyInput(exitCode: number): readonly string[];
  /** Prints the value of a variable. */
  showVariable(name: string): readonly string[];
  /** Reads a line, then prints rows and columns of its terminal. */
  showTerminal(): readonly string[];
}

const sh = (script: string, ...args: readonly (string | number)[]): readonly string[] => [
  'sh',
  '-c',
  script,
  'sh',
  ...args.map(String),
];

/** For images with a shell, coreutils and perl. */
export const SHELL_PROGRAMS: EnginePrograms = {
  print: (lines, exitCode) => sh('code=$1; shift; for line; do echo "$line"; done; exit "$code"', exitCode, ...lines),
  longLine: (bytes) => sh('head -c "$1" /dev/zero | tr "\\0" x; echo', bytes),
  forever: () => ['sleep', '3600'],
  stubborn: () => sh("trap '' TERM; echo ready; while :; do sleep 1; done"),
  graceful: (exitCode) => sh('trap "echo bye; exit $1" TERM; echo ready; while :; do sleep 0.1; done', exitCode),
  listen: (port) => [
    'perl',
    '-MIO::Socket',
    '-e',
    'my $s = IO::Socket::INET->new(Listen => 5, LocalPort => $ARGV[0], ReuseAddr => 1) or die; sleep',
    String(port),
  ],
  killItself: () => sh('kill -KILL $$'),
  copyInput: (exitCode) => sh('cat; exit "$1"', exitCode),
  showVariable: (name) => sh('printenv "$1"', name),
  showTerminal: () => sh('read -r go; stty size'),
};

/** The same for the in-memory engine: `runMemoryProgram` plays them. */
export const MEMORY_PROGRAMS: EnginePrograms = {
  print: (lines, exitCode) => ['print', String(exitCode), ...lines],
  longLine: (bytes) => ['print', '0', 'x'.repeat(bytes)],
  forever: () => ['forever'],
  stubborn: () => ['stubborn'],
  graceful: (exitCode) => ['graceful', String(exitCode)],
  listen: () => ['listen'],
  killItself: () => ['kill-itself'],
  copyInput: (exitCode) => ['copy-input', String(exitCode)],
  showVariable: (name) => ['show-variable', name],
  showTerminal: () => ['show-terminal'],
};

/** Plays one of MEMORY_PROGRAMS. Any other command runs until it is told to end. */
export function runMemoryProgram(process: MemoryProcess): void {
  const [program, ...args] = process.command;
  switch (program) {
    case 'print':
      for (const line of args.slice(1)) process.write(`${line}\n`);
      process.exit(Number(args[0]));
      break;
    case 'stubborn':
      process.onTerm = () => undefined;
      process.write('ready\n');
      break;
    case 'graceful':
      process.onTerm = () => {
        process.write('bye\n');
        process.exit(Number(args[0]));
      };
      process.write('ready\n');
      break;
    case 'listen':
      process.listen();
      break;
    case 'kill-itself':
      process.signal('SIGKILL');
      break;
    case 'copy-input':
      process.stdin.on('data', (chunk: Buffer) => process.write(chunk.toString()));
      process.stdin.on('end', () => process.exit(Number(args[0])));
      break;
    case 'show-variable':
      process.write(`${process.spec.env[args[0] ?? ''] ?? ''}\n`);
      process.exit(0);
      break;
    case 'show-terminal':
      process.stdin.once('data', () => {
        process.write(`${process.tty?.rows} ${process.tty?.columns}\n`);
        process.exit(0);
      });
      break;
  }
}
