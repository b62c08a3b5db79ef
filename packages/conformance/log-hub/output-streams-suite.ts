import type { OutputStreams } from '@jangada/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

export interface OutputStreamsUnderTest {
  readonly outputs: OutputStreams;
  dispose(): Promise<void>;
}

/** The limits in bytes: above `capBytes` the output is cut from its start, `chunkBytes` at a time. */
export type MakeOutputStreams = (limits: { capBytes: number; chunkBytes: number }) => Promise<OutputStreamsUnderTest>;

const LIMITS = { capBytes: 3_000, chunkBytes: 1_500 };

/** What every OutputStreams does. */
export function outputStreamsConformance(name: string, makeOutputStreams: MakeOutputStreams): void {
  describe(`${name} are OutputStreams`, () => {
    let made: OutputStreamsUnderTest;
    let outputs: OutputStreams;
    let stop: AbortController;
    beforeEach(async () => {
      stop = new AbortController();
      made = await makeOutputStreams(LIMITS);
      outputs = made.outputs;
    });
    afterEach(async () => {
      stop.abort();
      await made.dispose();
    });

    const write = (text: string): Promise<void> => outputs.append('s', Buffer.from(text));
    const readAll = async (): Promise<string> =>
      Buffer.concat(await Array.fromAsync(outputs.read('s', stop.signal))).toString();
    const read = (): AsyncIterator<Uint8Array> => outputs.read('s', stop.signal)[Symbol.asyncIterator]();
    const next = async (chunks: AsyncIterator<Uint8Array>): Promise<string | null> => {
      const { value, done } = await chunks.next();
      return done === true ? null : Buffer.from(value).toString();
    };

    test('a finished stream gives what was appended, any number of times', async () => {
      await write('-----> Node.js app detected\n');
      await write('       é 🌊\n');
      await outputs.finish('s');
      expect(await readAll()).toBe('-----> Node.js app detected\n       é 🌊\n');
      expect(await readAll()).toBe('-----> Node.js app detected\n       é 🌊\n');
    });

    test('appends that are not waited for keep their order', async () => {
      const parts = Array.from({ length: 200 }, (_, index) => `${index};`);
      const writes = parts.map(write);
      await Promise.all([...writes, outputs.finish('s')]);
      expect(await readAll()).toBe(parts.join(''));
    });

    test('a reader of a stream that runs gets what is there, then what comes, and ends when it is finished', async () => {
      await write('one ');
      const chunks = read();
      expect(await next(chunks)).toBe('one ');
      const waiting = next(chunks);
      await write('two ');
      expect(await waiting).toBe('two ');
      const last = next(chunks);
      await outputs.finish('s');
      expect(await last).toBeNull();
    });

    test('what was never appended to or finished is not found; what was only finished is empty', async () => {
      await expect(readAll()).rejects.toMatchObject({ id: 'not_found' });
      await outputs.finish('s');
      expect(await readAll()).toBe('');
      await outputs.finish('s');
    });

    test('a finished stream takes nothing more', async () => {
      await write('all');
      await outputs.finish('s');
      await expect(write('late')).rejects.toMatchObject({ id: 'conflict' });
      expect(await readAll()).toBe('all');
    });

    test('above its cap a stream is cut from the start, by whole chunks', async () => {
      let all = '';
      for (let part = 0; part < 100; part++) {
        const text = `${String(part).padStart(99, '.')}\n`;
        all += text;
        await write(text);
      }
      await outputs.finish('s');
      const kept = await readAll();
      expect(all.endsWith(kept)).toBe(true);
      expect(kept.length).toBeGreaterThan(LIMITS.capBytes - LIMITS.chunkBytes);
      expect(kept.length).toBeLessThanOrEqual(LIMITS.capBytes);
      expect((all.length - kept.length) % LIMITS.chunkBytes).toBe(0);
    });

    test('one append may be larger than the cap', async () => {
      const text = Array.from({ length: 1_000 }, (_, index) => String(index).padStart(10)).join('');
      await write(text);
      await outputs.finish('s');
      const kept = await readAll();
      expect(text.endsWith(kept)).toBe(true);
      expect(kept.length).toBeGreaterThan(LIMITS.capBytes - LIMITS.chunkBytes);
    });

    test('a slow reader of a stream that is cut goes on with the oldest that is kept', async () => {
      await write('a'.repeat(100));
      const chunks = read();
      expect(await next(chunks)).toBe('a'.repeat(100));
      for (let part = 0; part < 50; part++) await write('b'.repeat(100));
      await outputs.finish('s');
      let rest = '';
      for (let chunk = await next(chunks); chunk !== null; chunk = await next(chunks)) rest += chunk;
      expect(rest).toMatch(/^b+$/);
      expect(rest.length).toBeLessThanOrEqual(LIMITS.capBytes);
    });

    test('reading ends when the signal aborts', async () => {
      await write('one');
      const chunks = read();
      await next(chunks);
      const waiting = next(chunks);
      stop.abort();
      expect(await waiting).toBeNull();
    });

    test('a removed stream is not found and its readers end', async () => {
      await write('one');
      const chunks = read();
      await next(chunks);
      const waiting = next(chunks);
      await outputs.remove('s');
      expect(await waiting).toBeNull();
      await expect(readAll()).rejects.toMatchObject({ id: 'not_found' });
      await outputs.remove('s');
      await write('anew');
      await outputs.finish('s');
      expect(await readAll()).toBe('anew');
      await outputs.remove('s');
      await expect(readAll()).rejects.toMatchObject({ id: 'not_found' });
    });

    test('streams do not mix', async () => {
      await Promise.all([write('mine'), outputs.append('other', Buffer.from('not mine'))]);
      await outputs.finish('s');
      expect(await readAll()).toBe('mine');
    });
  });
}
