import { createConnection } from 'node:net';

/** Nobody answers on the socket: HAProxy is starting, restarting or gone. Whoever sees it waits for the next HAProxy. */
export class HaproxyGone extends Error {
  override name = 'HaproxyGone';
}

/** HAProxy answered a change with anything but its word for success. */
export class HaproxyRefused extends Error {
  override name = 'HaproxyRefused';
}

/** All that a command which changes something may answer besides blank lines; HAProxy has no codes for it. */
const SUCCESS = new Set(['New server registered.', 'Server deleted.', 'New map file created.', 'Success!']);

/** The same of commands about certificates, which name what they worked on. */
const CERTIFICATE_SUCCESS =
  /^(New empty certificate store|Transaction (created|updated|aborted) for certificate|Committing |Inserting certificate|Entry '.*' deleted in crtlist|Certificate '.*' deleted!)/;

/** Bytes of one line of commands; HAProxy reads a line into one buffer (`tune.bufsize`). */
const LINE_BYTES = 12_000;

/** Milliseconds that an answer may take. */
const ANSWER_MS = 10_000;

/** HAProxy's runtime commands. Each line of commands is a connection of its own, so that questions do not wait for changes. */
export class AdminSocket {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The answer to one question (`show …`). Throws HaproxyGone. */
  async ask(command: string): Promise<string> {
    return (await this.#send(command)).trimEnd();
  }

  /** Runs the commands in order. Throws HaproxyGone, or HaproxyRefused when one of them did not succeed; the others then did. */
  async change(commands: readonly string[]): Promise<void> {
    for (const line of linesOf(commands)) refuseOthers(await this.#send(line));
  }

  /** Runs one command with a text of more lines, none of them empty. Throws like `change`. */
  async load(command: string, text: string): Promise<void> {
    refuseOthers(await this.#send(`${command} <<\n${text.trim()}\n`));
  }

  #send(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const gone = (cause?: unknown): void =>
        reject(new HaproxyGone(`HAProxy does not answer on ${this.#path}`, { cause }));
      const chunks: Buffer[] = [];
      const socket = createConnection(this.#path, () => socket.write(`${line}\n`));
      socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('no answer in time')));
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', gone);
      socket.on('end', () => {
        // HAProxy always ends an answer with a line break; without one it died in mid-sentence.
        if (chunks.at(-1)?.at(-1) === 0x0a) resolve(Buffer.concat(chunks).toString());
        else gone();
      });
      socket.on('close', () => gone());
    });
  }

  /** Resolves when the HAProxy that answers now is gone (or after an hour: ask again). Resolves at once when none answers. */
  async watch(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const socket = createConnection(this.#path, () => socket.write('prompt\n'));
      signal.addEventListener('abort', () => socket.destroy(), { once: true });
      socket.resume();
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
    });
  }
}

function refuseOthers(answer: string): void {
  const answers = answer.split('\n').map((line) => line.trim());
  const isSuccess = (line: string): boolean => SUCCESS.has(line) || CERTIFICATE_SUCCESS.test(line);
  const refusals = answers.filter((line) => line !== '' && !isSuccess(line));
  if (refusals.length > 0) throw new HaproxyRefused(refusals.join(' '));
}

function linesOf(commands: readonly string[]): string[] {
  const lines: string[] = [];
  for (const command of commands) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + command.length < LINE_BYTES) lines[lines.length - 1] = `${last};${command}`;
    else lines.push(command);
  }
  return lines;
}
