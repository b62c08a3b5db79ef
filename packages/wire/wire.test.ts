import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { PlatformError } from '@jangada/platform-api';
import { afterEach, expect, test } from 'vitest';
import { connectWire, type Handlers, serveWire } from './index.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function wired(handlers: Handlers) {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-wire-'));
  const server = await serveWire(join(folder, 'x.sock'), handlers);
  const client = connectWire(join(folder, 'x.sock'), 'peer');
  closers.push(async () => {
    client.close();
    await server.close();
    await rm(folder, { recursive: true });
  });
  return client;
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}

test('the input of a pipe may be far larger than a header, and bytes sent at once follow it', async () => {
  const client = await wired({
    pipes: { echo: async (input: { big: string }) => ({ head: input.big.length, stream: new PassThrough() }) },
  });
  const { head, stream } = await client.pipe<number>('echo', { big: 'x'.repeat(1_000_000) });
  expect(head).toBe(1_000_000);
  stream.end('bytes');
  expect(await textOf(stream)).toBe('bytes');
});

test('a pipe that cannot be opened throws what the server threw', async () => {
  const client = await wired({
    pipes: {
      refuse: async () => {
        throw new PlatformError('not_found', 'There is no such dyno.');
      },
    },
  });
  await expect(client.pipe('refuse', null)).rejects.toMatchObject({ id: 'not_found' });
});

test('a pipe that the server destroys is closed, and its signal does not say that the client went', async () => {
  const stream = new PassThrough();
  let gone: AbortSignal | undefined;
  const client = await wired({
    pipes: {
      open: async (_: null, signal) => {
        gone = signal;
        return { head: null, stream };
      },
    },
  });
  const pipe = await client.pipe('open', null);
  const closed = once(pipe.stream, 'close');
  pipe.stream.resume();
  stream.destroy();
  await closed;
  expect(gone?.aborted).toBe(false);
});

test('a hundred calls that wait do not keep another from its answer', async () => {
  const release = Promise.withResolvers<string>();
  const client = await wired({ calls: { wait: () => release.promise, ask: async () => 'answer' } });
  const waiting = Array.from({ length: 100 }, () => client.call('wait'));
  expect(await client.call('ask')).toBe('answer');
  release.resolve('done');
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['done']));
});

test('a stream whose server goes away throws that the peer is not there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-wire-'));
  const server = await serveWire(join(folder, 'x.sock'), {
    streams: {
      async *count() {
        yield 1;
        await new Promise(() => undefined);
      },
    },
  });
  const client = connectWire(join(folder, 'x.sock'), 'peer');
  const reading = (async () => {
    for await (const item of client.stream('count', null, AbortSignal.timeout(15_000))) {
      expect(item).toBe(1);
      await server.close();
    }
  })();
  await expect(reading).rejects.toMatchObject({ id: 'engine_unavailable' });
  client.close();
  await rm(folder, { recursive: true });
});
