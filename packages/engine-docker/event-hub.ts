import type { EngineEvent } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** Events that a slow reader may leave waiting; above it one `sync` stands for all. */
const MAX_WAITING = 10_000;

interface Reader {
  waiting: EngineEvent[];
  failure: Error | null;
  wake: () => void;
}

/** Hands the engine's hints to any number of readers. */
export class EventHub {
  readonly #readers = new Set<Reader>();
  #connected = false;

  /** The engine answers: readers may begin. */
  connect(): void {
    this.#connected = true;
  }

  /** The engine went away: every reader ends with `engine_unavailable`. */
  disconnect(): void {
    this.#connected = false;
    for (const reader of this.#readers) {
      reader.failure = away();
      reader.wake();
    }
  }

  emit(event: EngineEvent): void {
    for (const reader of this.#readers) {
      if (reader.waiting.length >= MAX_WAITING) reader.waiting = [{ kind: 'sync' }];
      reader.waiting.push(event);
      reader.wake();
    }
  }

  async *read(signal: AbortSignal): AsyncIterable<EngineEvent> {
    if (signal.aborted) return;
    if (!this.#connected) throw away();
    const reader: Reader = { waiting: [{ kind: 'sync' }], failure: null, wake: () => undefined };
    const onAbort = (): void => reader.wake();
    this.#readers.add(reader);
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted) {
        const event = reader.waiting.shift();
        if (event) yield event;
        else if (reader.failure) throw reader.failure;
        else await new Promise<void>((resolve) => (reader.wake = resolve));
      }
    } finally {
      this.#readers.delete(reader);
      signal.removeEventListener('abort', onAbort);
    }
  }
}

/** What a caller gets while the engine does not answer. */
export function away(): PlatformError {
  return new PlatformError('engine_unavailable', 'The Docker Engine does not answer. Start it and try again.');
}
