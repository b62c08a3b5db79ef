import { setTimeout as delay } from 'node:timers/promises';
import { HintQueue, type StoreChannel } from '@jangada/core';
import type { DedicatedConnection } from './dedicated-connection.ts';

/** Names of the channels in PostgreSQL. */
export const CHANNELS: Readonly<Record<StoreChannel, string>> = { app: 'jangada_app' };

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

interface Listener {
  readonly channel: StoreChannel;
  readonly queue: HintQueue;
  readonly ready: (() => void) | undefined;
  /** It was told once that listening is in force. */
  told: boolean;
}

/** All listeners of one process share a connection, which exists while there are any and comes back when it is lost. */
export class Listening {
  readonly #connect: () => Promise<DedicatedConnection>;
  readonly #report: (error: unknown) => void;
  readonly #listeners = new Set<Listener>();
  #inForce = false;
  #stop: AbortController | null = null;
  #closed = false;

  constructor(connect: () => Promise<DedicatedConnection>, report: (error: unknown) => void) {
    this.#connect = connect;
    this.#report = report;
  }

  listen(channel: StoreChannel, signal: AbortSignal, ready: (() => void) | undefined): HintQueue {
    const listener: Listener = { channel, queue: new HintQueue(), ready, told: false };
    if (signal.aborted || this.#closed) {
      listener.queue.end();
      return listener.queue;
    }
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#leave(listener), { once: true });
    if (this.#stop === null) {
      this.#stop = new AbortController();
      void this.#run(this.#stop.signal);
    } else if (this.#inForce) {
      queueMicrotask(() => this.#tell(listener));
    }
    return listener.queue;
  }

  close(): void {
    this.#closed = true;
    for (const listener of [...this.#listeners]) this.#leave(listener);
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
    listener.queue.end();
    if (this.#listeners.size > 0) return;
    this.#stop?.abort();
    this.#stop = null;
    this.#inForce = false;
  }

  #tell(listener: Listener): void {
    listener.ready?.();
    if (listener.told) listener.queue.push('');
    listener.told = true;
  }

  async #run(stopped: AbortSignal): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!stopped.aborted) {
      try {
        await using connection = await this.#connect();
        await this.#subscribe(connection, stopped);
        retryMs = FIRST_RETRY_MS;
        await aborted(AbortSignal.any([stopped, connection.lost]));
        if (!stopped.aborted) throw connection.lost.reason;
      } catch (error) {
        if (stopped.aborted) return;
        this.#inForce = false;
        this.#report(error);
        await delay(retryMs, undefined, { signal: stopped }).catch(() => undefined);
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      }
    }
  }

  async #subscribe(connection: DedicatedConnection, stopped: AbortSignal): Promise<void> {
    const { client } = connection;
    client.on('notification', ({ channel, payload = '' }) => {
      for (const listener of this.#listeners) {
        if (CHANNELS[listener.channel] === channel) listener.queue.push(payload);
      }
    });
    for (const channel of Object.values(CHANNELS)) await client.query(`listen ${channel}`);
    connection.keepAsking();
    if (stopped.aborted) return;
    this.#inForce = true;
    for (const listener of this.#listeners) this.#tell(listener);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
