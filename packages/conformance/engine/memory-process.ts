import { Duplex, PassThrough } from 'node:stream';
import type { DynoSpec, TerminalSize } from '@jangada/core';

export type MemorySignal = 'SIGTERM' | 'SIGKILL' | 'SIGHUP';

/** 128 + signal number, as engines report it. */
const SIGNAL_CODES: Readonly<Record<MemorySignal, number>> = { SIGTERM: 143, SIGKILL: 137, SIGHUP: 129 };

/** A pretended process of a dyno. A program is a function that drives one. */
export class MemoryProcess {
  readonly spec: DynoSpec;
  readonly command: readonly string[];
  /** What comes in from the terminal; ends when the terminal's writable side does. */
  readonly stdin = new PassThrough();
  /** Size of its terminal; null without one. */
  tty: TerminalSize | null;
  /** The other side of its terminal. */
  readonly terminal: Duplex;
  /** Set by a program that handles SIGTERM itself; without it SIGTERM ends the process. */
  onTerm: (() => void) | null = null;
  readonly #exited = Promise.withResolvers<number>();
  readonly #output: (text: string) => void;
  readonly #listens: () => void;
  #code: number | null = null;

  constructor(options: {
    readonly spec: DynoSpec;
    readonly command: readonly string[];
    readonly tty: TerminalSize | null;
    readonly onOutput: (text: string) => void;
    readonly onListen: () => void;
  }) {
    this.spec = options.spec;
    this.command = options.command;
    this.tty = options.tty;
    this.#output = options.onOutput;
    this.#listens = options.onListen;
    this.terminal = new Duplex({
      allowHalfOpen: true,
      read: () => undefined,
      write: (chunk, _encoding, done) => void (this.stdin.writable ? this.stdin.write(chunk, () => done()) : done()),
      final: (done) => {
        this.stdin.end();
        done();
      },
    });
    this.stdin.on('error', () => undefined);
  }

  get exited(): Promise<number> {
    return this.#exited.promise;
  }

  /** Null while it runs. */
  get exitCode(): number | null {
    return this.#code;
  }

  /** Writes to its output: a terminal if it has one, and the log. */
  write(text: string): void {
    if (this.#code !== null) return;
    this.terminal.push(text);
    this.#output(text);
  }

  /** Binds the dyno's port. */
  listen(): void {
    if (this.#code === null) this.#listens();
  }

  exit(code: number): void {
    if (this.#code !== null) return;
    this.#code = code;
    this.terminal.push(null);
    this.stdin.destroy();
    this.#exited.resolve(code);
  }

  signal(signal: MemorySignal): void {
    if (signal === 'SIGTERM' && this.onTerm) this.onTerm();
    else this.exit(SIGNAL_CODES[signal]);
  }
}
