import type { LogFilter, LogHub, LogLine, StoredLine } from '@jangada/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

export interface LogHubUnderTest {
  readonly hub: LogHub;
  dispose(): Promise<void>;
}

/** `keepLines`: the newest lines that the hub keeps at least; it must not keep more than twice as many. */
export type MakeLogHub = (options: { keepLines: number }) => Promise<LogHubUnderTest>;

/** A line of the web dyno of app `a`, unless something else is said. */
export function logLine(text: string, members: Partial<LogLine> = {}): LogLine {
  return { appId: 'a', at: '2026-01-01T00:00:00.000000+00:00', source: 'app', ps: 'web.1', text, ...members };
}

/** Lines `1` to `count`. */
export function logLines(count: number, first = 1): LogLine[] {
  return Array.from({ length: count }, (_, index) => logLine(String(first + index)));
}

const texts = (lines: readonly StoredLine[]): string[] => lines.map((stored) => stored.line.text);
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

/** What every LogHub does. */
export function logHubConformance(name: string, makeLogHub: MakeLogHub): void {
  describe(`${name} is a LogHub`, () => {
    let made: LogHubUnderTest;
    let hub: LogHub;
    let stop: AbortController;
    const start = async (keepLines = 1_500): Promise<void> => {
      await made?.dispose();
      made = await makeLogHub({ keepLines });
      hub = made.hub;
    };
    beforeEach(async () => {
      stop = new AbortController();
      await start();
    });
    afterEach(async () => {
      stop.abort();
      await made.dispose();
    });

    const follow = (after = 0, filter: LogFilter = {}): AsyncIterator<StoredLine> =>
      hub.tail('a', after, filter, stop.signal)[Symbol.asyncIterator]();
    const take = async (lines: AsyncIterator<StoredLine>, count: number): Promise<StoredLine[]> => {
      const taken: StoredLine[] = [];
      while (taken.length < count) {
        const next = await lines.next();
        if (next.done === true) break;
        taken.push(next.value);
      }
      return taken;
    };

    test('lines come back as they came, in the order of arrival, with ids that grow', async () => {
      const lines = [
        logLine('one', { source: 'heroku', ps: 'router', at: '2026-02-03T04:05:06.123456+00:00' }),
        logLine('é "quoted" \\ \u0000 \u2028 🌊'),
        logLine(''),
        logLine('x'.repeat(10_000)),
      ];
      await hub.append(lines.slice(0, 1));
      await hub.append(lines.slice(1));
      const stored = await hub.recent('a', 100);
      expect(stored.map(({ line }) => line)).toEqual(lines);
      const ids = stored.map(({ id }) => id);
      expect(ids.every((id, index) => Number.isSafeInteger(id) && id > (ids[index - 1] ?? 0))).toBe(true);
    });

    test('appends that are not waited for keep their order', async () => {
      await Promise.all(logLines(300).map((line) => hub.append([line])));
      expect(texts(await hub.recent('a', 300))).toEqual(numbers(1, 300));
    });

    test('each app has its own lines', async () => {
      await hub.append([logLine('of a'), logLine('of b', { appId: 'b' }), logLine('of a too')]);
      expect(texts(await hub.recent('a', 10))).toEqual(['of a', 'of a too']);
      expect(texts(await hub.recent('b', 10))).toEqual(['of b']);
      expect(await hub.recent('c', 10)).toEqual([]);
    });

    test('the last lines are given, oldest first', async () => {
      await hub.append(logLines(700));
      expect(texts(await hub.recent('a', 3))).toEqual(['698', '699', '700']);
      expect(texts(await hub.recent('a', 600))).toEqual(numbers(101, 700));
      expect(await hub.recent('a', 0)).toEqual([]);
    });

    test('the newest 1,500 lines are kept and never more given', async () => {
      for (let first = 1; first <= 4_000; first += 400) await hub.append(logLines(400, first));
      expect(texts(await hub.recent('a', 1_500))).toEqual(numbers(2_501, 4_000));
      expect(await hub.recent('a', 100_000)).toHaveLength(1_500);
    });

    test('a filter chooses by source, process type or dyno, and the limit counts what it chose', async () => {
      await hub.append([
        logLine('w1'),
        logLine('w2', { ps: 'web.2' }),
        logLine('hook', { ps: 'webhook.1' }),
        logLine('state', { source: 'heroku' }),
        logLine('request', { source: 'heroku', ps: 'router' }),
        logLine('w10', { ps: 'web.10' }),
      ]);
      const chosen = async (filter: LogFilter, limit = 10): Promise<string[]> =>
        texts(await hub.recent('a', limit, filter));
      expect(await chosen({ ps: 'web' })).toEqual(['w1', 'w2', 'state', 'w10']);
      expect(await chosen({ ps: 'web.1' })).toEqual(['w1', 'state']);
      expect(await chosen({ source: 'app' })).toEqual(['w1', 'w2', 'hook', 'w10']);
      expect(await chosen({ source: 'app', ps: 'web' }, 2)).toEqual(['w2', 'w10']);
      expect(await chosen({ ps: 'router' })).toEqual(['request']);
    });

    test('a follower gets what is kept, then what comes, each once', async () => {
      await hub.append(logLines(600));
      const lines = follow();
      const first = await take(lines, 600);
      await hub.append(logLines(600, 601));
      const second = await take(lines, 600);
      expect(texts([...first, ...second])).toEqual(numbers(1, 1_200));
    });

    test('a follower goes on after the id that it knows', async () => {
      await hub.append(logLines(10));
      const known = (await hub.recent('a', 4))[0]!;
      const lines = follow(known.id);
      await hub.append(logLines(1, 11));
      expect(texts(await take(lines, 4))).toEqual(['8', '9', '10', '11']);
    });

    test('a follower that knows the newest line gets only what comes', async () => {
      await hub.append(logLines(3));
      const lines = follow((await hub.recent('a', 1))[0]!.id);
      const next = lines.next();
      await hub.append(logLines(1, 4));
      expect((await next).value.line.text).toBe('4');
    });

    test('one may follow an app that has no lines yet', async () => {
      const next = follow().next();
      await hub.append(logLines(1));
      expect((await next).value.line.text).toBe('1');
    });

    test('followers that begin while lines pour in miss none and see none twice', async () => {
      const followers: Promise<StoredLine[]>[] = [];
      const pouring: Promise<void>[] = [];
      for (let round = 0; round < 40; round++) {
        pouring.push(hub.append(logLines(25, round * 25 + 1)));
        if (round % 10 === 5) followers.push(take(follow(), 1_000));
        if (round % 5 === 0) await pouring.at(-1);
      }
      await Promise.all(pouring);
      for (const lines of await Promise.all(followers)) expect(texts(lines)).toEqual(numbers(1, 1_000));
    });

    test('a follower with a filter gets what it chose, kept and live', async () => {
      await hub.append([logLine('no'), logLine('yes', { ps: 'worker.1' })]);
      const lines = follow(0, { ps: 'worker' });
      await hub.append([logLine('no'), logLine('yes too', { ps: 'worker.2' })]);
      expect(texts(await take(lines, 2))).toEqual(['yes', 'yes too']);
    });

    test('a follower that is too slow gets an L11 notice in place of what it missed', async () => {
      await start(100);
      await hub.append(logLines(2));
      const lines = follow();
      expect(texts(await take(lines, 2))).toEqual(['1', '2']);
      for (let first = 3; first < 5_003; first += 100) await hub.append(logLines(100, first));
      const seen = await take(lines, 101);
      const at = seen.findIndex((stored) => stored.line.text.startsWith('Error L11'));
      expect(at).toBeGreaterThanOrEqual(0);
      const { id, line } = seen[at]!;
      expect(line).toMatchObject({ source: 'heroku', ps: 'logplex' });
      const lost = Number(/^Error L11 \(tail buffer overflow\): (\d+) messages dropped since /.exec(line.text)?.[1]);
      expect(Number(seen[at + 1]!.line.text)).toBe(2 + at + lost + 1);
      expect(id).toBeLessThan(seen[at + 1]!.id);
    });

    test('whoever follows from the start of a log that is already cut gets no notice', async () => {
      await start(100);
      for (let first = 1; first < 1_001; first += 100) await hub.append(logLines(100, first));
      const [first] = await take(follow(), 1);
      expect(Number(first!.line.text)).toBeGreaterThan(700);
    });

    test('following ends when the signal aborts, before and while it waits', async () => {
      const lines = follow();
      const waiting = lines.next();
      stop.abort();
      expect((await waiting).done).toBe(true);
      expect((await follow().next()).done).toBe(true);
    });

    test('a removed app has no lines, its followers end, and it may begin anew with ids that grow', async () => {
      await hub.append(logLines(5));
      const last = (await hub.recent('a', 1))[0]!.id;
      const lines = follow();
      await take(lines, 5);
      const waiting = lines.next();
      await hub.remove('a');
      expect((await waiting).done).toBe(true);
      expect(await hub.recent('a', 10)).toEqual([]);
      await hub.append(logLines(1));
      expect((await hub.recent('a', 10)).map(({ id }) => id > last)).toEqual([true]);
      await hub.remove('never-seen');
    });
  });
}
