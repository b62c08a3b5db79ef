import type { Terminal, TerminalSize } from '@jangada/core';
import type { ServerChannel, Session } from 'ssh2';
import { type DynoInside, insideCommand } from '../resources/dynos/inside-command.ts';
import { carry, type Line, type Open } from './carry.ts';

/** What a session needs of the connection that it belongs to. */
export interface SessionHost {
  readonly inside: Pick<DynoInside, 'isImage'>;
  /** Starts a process in the dyno that the client was let into. */
  start(command: readonly string[], tty: TerminalSize | null, signal: AbortSignal): Promise<Terminal>;
  readonly line: Line;
  report(error: unknown): void;
}

/** Of Debian's `openssh-sftp-server`, part of the stack. No shell: what a `.profile` prints would break the protocol. */
const SFTP_SERVER: readonly string[] = ['/usr/lib/openssh/sftp-server'];

/** Images of apps need not have bash. */
const SHELL = 'if command -v bash >/dev/null; then exec bash; else exec sh; fi';

/**
 * Milliseconds that a terminal stays open after its process. The CLI begins to read its input when the first output comes,
 * and fails when the channel is closed before it could send the end of that input.
 */
const LAST_WORD_MS = 100;

/** Variables of the client that reach its process, as sshd's default takes them, and the longest value in characters. */
const CLIENT_VARIABLE = /^(LANG|LC_[A-Z]{1,20}|COLORTERM)$/;
const CLIENT_VALUE = /^[\x20-\x7e]{0,256}$/;

/** Longest command in characters, as for `heroku run`. */
const MAX_COMMAND = 65_536;

/** Columns or rows that a terminal may have. */
const MAX_SIDE = 1_000;

/** One SSH session: at most one shell, command or file transfer in the dyno. */
export function serveSession(session: Session, { inside, start, line, report }: SessionHost): void {
  const env: Record<string, string> = {};
  let tty: TerminalSize | null = null;
  let resize: (size: TerminalSize) => Promise<void> = async () => undefined;

  const run = (channel: ServerChannel, command: readonly string[]): void => {
    const open: Open = async (signal) => {
      const terminal = await start(command, tty, signal);
      resize = (size) => terminal.resize(size);
      return terminal;
    };
    carry(channel, open, line).then(
      (status) => (tty === null ? leave(channel, status) : setTimeout(leave, LAST_WORD_MS, channel, status)),
      (error: unknown) => {
        report(error);
        channel.stderr.write(` !     ${error instanceof Error ? error.message : 'The dyno cannot be entered.'}\r\n`);
        leave(channel, 1);
      },
    );
  };
  const shell = (command: string): readonly string[] => insideCommand(command, env, inside);

  session.on('pty', (accept, _reject, info) => {
    tty = sizeOf(info);
    if (/^[\w.+-]{1,64}$/.test(info.term)) env['TERM'] = info.term;
    accept?.();
  });
  session.on('window-change', (accept, _reject, info) => {
    if (tty !== null) tty = sizeOf(info);
    if (tty !== null) resize(tty).catch(() => undefined);
    accept?.();
  });
  session.on('env', (accept, reject, { key, val }) => {
    if (!CLIENT_VARIABLE.test(key) || !CLIENT_VALUE.test(val)) return reject?.();
    env[key] = val;
    accept?.();
  });
  session.on('shell', (accept) => run(accept(), shell(SHELL)));
  session.on('exec', (accept, reject, { command }) => {
    if (command.length > MAX_COMMAND || command.includes('\0')) return reject();
    run(accept(), shell(command));
  });
  session.on('subsystem', (accept, reject, { name }) => {
    if (name !== 'sftp') return reject();
    tty = null;
    run(accept(), SFTP_SERVER);
  });
}

function leave(channel: ServerChannel, status: number): void {
  channel.exit(status);
  channel.end();
}

function sizeOf({ cols, rows }: { readonly cols: number; readonly rows: number }): TerminalSize {
  const side = (count: number, fallback: number): number => (count > 0 ? Math.min(count, MAX_SIDE) : fallback);
  return { columns: side(cols, 80), rows: side(rows, 24) };
}
