import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds that anything awaited may take: ends what hangs. */
const PATIENCE_MS = 30_000;

/** A client of bytes. */
export class RawClient {
  readonly #socket: Socket;
  #received = '';
  #ended = false;

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#received += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#ended = true;
    });
  }

  /** What came so far. */
  get received(): string {
    return this.#received;
  }

  get ended(): boolean {
    return this.#ended;
  }

  write(bytes: string): void {
    this.#socket.write(bytes, 'latin1');
  }

  /** Stops reading: the router has to wait. */
  pause(): void {
    this.#socket.pause();
  }

  /** Closes at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Everything up to and with the first match. Rejects when it does not come. */
  until(pattern: RegExp): Promise<string> {
    return this.#wait(() => pattern.test(this.#received), `${pattern}`);
  }

  /** Everything until the router closes the connection. */
  all(): Promise<string> {
    return this.#wait(() => this.#ended, 'the end of the connection');
  }

  async #wait(done: () => boolean, what: string): Promise<string> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!done()) {
      if (Date.now() > deadline || (this.#ended && !done())) {
        throw new Error(`${what} did not come, but ${JSON.stringify(this.#received.slice(0, 600))}`);
      }
      await delay(2);
    }
    return this.#received;
  }
}
