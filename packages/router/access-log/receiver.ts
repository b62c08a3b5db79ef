import { chmod } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { listenOn } from '../listen.ts';

/** More than HAProxy can send in one message; a frame that claims more is not ours. */
const LONGEST_FRAME = 65_536;

/** Takes in HAProxy's ring over a unix socket: messages with their length in front. */
export class LogReceiver {
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  constructor(onMessage: (message: string) => void) {
    this.#server = createServer((socket) => {
      const frames = new Frames(onMessage);
      this.#open.add(socket);
      socket.on('data', (chunk) => {
        if (!frames.push(chunk)) socket.destroy();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => this.#open.delete(socket));
    });
  }

  /** Whether HAProxy delivers. */
  get connected(): boolean {
    return this.#open.size > 0;
  }

  async listen(path: string): Promise<void> {
    await listenOn(this.#server, path);
    await chmod(path, 0o600);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#open) socket.destroy();
    await closed;
  }
}

/** Cuts a stream of `<length> <message>` into messages. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0);
  readonly #onMessage: (message: string) => void;

  constructor(onMessage: (message: string) => void) {
    this.#onMessage = onMessage;
  }

  /** False: the stream is not of this form and cannot be followed any more. */
  push(chunk: Buffer): boolean {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const blank = data.indexOf(0x20, at);
      if (blank < 0) {
        this.#rest = data.subarray(at);
        return this.#rest.length < 8;
      }
      const length = Number(data.toString('latin1', at, blank));
      if (!Number.isInteger(length) || length < 0 || length > LONGEST_FRAME) return false;
      const end = blank + 1 + length;
      if (end > data.length) {
        this.#rest = data.subarray(at);
        return true;
      }
      this.#onMessage(data.toString('utf8', blank + 1, end).trimEnd());
      at = end;
    }
  }
}
