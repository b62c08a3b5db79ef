import { createFakeClock, type FakeClock } from '@jangada/conformance';
import { LineRing, type LogLine } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pumpLines } from './log-pump.ts';

let clock: FakeClock;
let ring: LineRing;
/** What was stored, in order: `a one`. */
let stored: string[];
/** Why the log of an app cannot be written. */
let failing: Map<string, Error>;
let observed: string[];
let missed: number;
let reports: string[];
let stop: AbortController;
let pumping: Promise<void>;

const line = (appId: string, text: string): LogLine => ({ appId, at: '', source: 'app', ps: 'web.1', text });
const shown = ({ appId, text }: LogLine): string => `${appId} ${text}`;
const kept = async (): Promise<readonly string[]> => {
  const reading = new AbortController();
  const batches = ring.lines(null, reading.signal)[Symbol.asyncIterator]();
  const next = batches.next();
  setImmediate(() => reading.abort());
  const { value } = await next;
  return (value ?? []).map((fed: { line: LogLine }) => shown(fed.line));
};

beforeEach(() => {
  clock = createFakeClock();
  ring = new LineRing({ epoch: 'e1' });
  [stored, observed, reports] = [[], [], []];
  missed = 0;
  failing = new Map();
  stop = new AbortController();
  pumping = pumpLines(
    {
      feed: ring,
      clock,
      name: 'router',
      hub: {
        async append(lines) {
          for (const { appId } of lines) if (failing.has(appId)) throw failing.get(appId);
          stored.push(...lines.map(shown));
        },
      },
      observe: (lines) => void observed.push(...lines.map(shown)),
      missed() {
        missed += 1;
      },
      report: (event) => void reports.push(event),
    },
    stop.signal,
  );
});
afterEach(async () => {
  stop.abort();
  await pumping;
});

test('lines are stored in order and acknowledged', async () => {
  for (const text of ['one', 'two']) ring.push(line('a', text));
  await clock.advance(0);
  expect(stored).toEqual(['a one', 'a two']);
  expect(await kept()).toEqual([]);
  expect([reports, missed]).toEqual([[], 0]);
});

test('an app whose log cannot be written stops no other, and is told of once', async () => {
  failing.set('a', new Error('EIO'));
  ring.push(line('a', 'lost'));
  ring.push(line('b', 'one'));
  await clock.advance(5_000);
  expect(stored).toEqual(['b one']);
  expect(await kept()).toEqual([]);
  for (const text of ['two', 'three', 'four']) {
    ring.push(line('a', text));
    ring.push(line('b', text));
    await clock.advance(0);
  }
  expect(stored).toEqual(['b one', 'b two', 'b three', 'b four']);
  expect(reports).toEqual(['log-pump.broken', 'log-pump.given-up', 'log-pump.resumed']);
  failing.clear();
  ring.push(line('a', 'five'));
  await clock.advance(0);
  expect(stored.at(-1)).toBe('a five');
});

test('a full disk is waited for, and what was stored is not stored again', async () => {
  failing.set('a', new PlatformError('disk_full', 'The disk is full.'));
  ring.push(line('a', 'one'));
  ring.push(line('b', 'one'));
  ring.push(line('a', 'two'));
  await clock.advance(60_000);
  expect(stored).toEqual(['b one']);
  expect(await kept()).toEqual(['a one', 'b one', 'a two']);
  failing.clear();
  await clock.advance(500);
  expect(stored).toEqual(['b one', 'a one', 'a two']);
  expect(await kept()).toEqual([]);
  expect(reports).toEqual(['log-pump.broken', 'log-pump.resumed']);
});

test('a line is observed once, however often its storing is tried, and waiting counts as missing lines', async () => {
  failing.set('a', new PlatformError('disk_full', 'The disk is full.'));
  ring.push(line('a', 'one'));
  await clock.advance(60_000);
  expect(observed).toEqual(['a one']);
  expect(missed).toBeGreaterThan(100);
  failing.clear();
  ring.push(line('a', 'two'));
  await clock.advance(500);
  expect(observed).toEqual(['a one', 'a two']);
});

test('lines that wait for a full disk when the pump ends stay in the feed', async () => {
  failing.set('a', new PlatformError('disk_full', 'The disk is full.'));
  ring.push(line('a', 'one'));
  await clock.advance(500);
  stop.abort();
  await pumping;
  expect(await kept()).toEqual(['a one']);
});

test('a disk that cannot be written to for a while costs no app its lines', async () => {
  failing.set('a', Object.assign(new Error('read-only file system'), { code: 'EROFS' }));
  ring.push(line('a', 'one'));
  await clock.advance(20_000);
  expect(reports).toEqual(['log-pump.broken']);
  failing.clear();
  await clock.advance(500);
  expect(stored).toEqual(['a one']);
});
