import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DockerApi } from './docker-api.ts';
import type { DockerEvent } from './docker-shapes.ts';
import { INSTALL_LABEL } from './labels.ts';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;

export interface PumpHandlers {
  /** The stream is open, so nothing that happens from now on is missed: time to look at what is there. */
  connected(): Promise<void>;
  event(event: DockerEvent): void;
  /** The stream broke or could not be opened. Called again for each failed attempt. */
  disconnected(error: unknown): void;
}

/** Follows the engine's events of one installation until the signal aborts, through restarts of the engine. */
export async function pumpEvents(
  api: DockerApi,
  installId: string,
  handlers: PumpHandlers,
  signal: AbortSignal,
): Promise<void> {
  let pause = FIRST_RETRY_MS;
  const filters = {
    type: ['container'],
    label: [`${INSTALL_LABEL}=${installId}`],
    event: ['start', 'die', 'oom'],
  };
  const path = `/events?filters=${encodeURIComponent(JSON.stringify(filters))}`;
  while (!signal.aborted) {
    const attempt = new AbortController();
    try {
      const stream = await api.stream(path, AbortSignal.any([signal, attempt.signal]));
      const reading = readEvents(stream, handlers.event);
      reading.catch(() => undefined);
      await handlers.connected();
      pause = FIRST_RETRY_MS;
      await reading;
      throw new Error('the event stream ended');
    } catch (error) {
      // The stream may be well, and something else has failed: the next attempt opens its own.
      attempt.abort();
      if (signal.aborted) return;
      handlers.disconnected(error);
    }
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, LAST_RETRY_MS);
  }
}

async function readEvents(stream: IncomingMessage, onEvent: (event: DockerEvent) => void): Promise<void> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') onEvent(JSON.parse(line) as DockerEvent);
  }
}
