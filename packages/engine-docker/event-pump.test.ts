import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { DockerApi } from './docker-api.ts';
import { pumpEvents } from './event-pump.ts';

test('an attempt that fails after its stream was opened closes it before the next one', async () => {
  const opened: AbortSignal[] = [];
  const stream = async (_path: string, signal: AbortSignal): Promise<IncomingMessage> => {
    opened.push(signal);
    return new PassThrough({ signal }) as unknown as IncomingMessage;
  };
  const stop = new AbortController();
  const failures: unknown[] = [];
  const handlers = {
    connected: async () => {
      if (failures.length === 0) throw new Error('the network cannot be made');
    },
    event: () => undefined,
    disconnected: (error: unknown) => void failures.push(error),
  };
  const pumping = pumpEvents({ stream } as unknown as DockerApi, '0123456789ab', handlers, stop.signal);
  await expect.poll(() => opened.map(({ aborted }) => aborted)).toEqual([true, false]);
  expect(failures).toEqual([new Error('the network cannot be made')]);
  stop.abort();
  await pumping;
  expect(opened[1]?.aborted).toBe(true);
});
