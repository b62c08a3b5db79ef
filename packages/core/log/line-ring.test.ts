import { expect, test } from 'vitest';
import { LineRing } from './line-ring.ts';
import type { LogLine } from './log-line.ts';

const line = (text: string, appId = 'a'): LogLine => ({
  appId,
  at: '2026-01-01T00:00:00.000000+00:00',
  source: 'app',
  ps: 'web.1',
  text,
});

async function take(ring: LineRing, cursor: string | null, count: number): Promise<string[]> {
  const stop = new AbortController();
  const texts: string[] = [];
  for await (const batch of ring.lines(cursor, stop.signal)) {
    texts.push(...batch.map((fed) => fed.line.text));
    if (texts.length >= count) stop.abort();
  }
  return texts;
}

test('a reader gets what was kept and then what comes, in order', async () => {
  const ring = new LineRing({ epoch: 'e1' });
  ring.push(line('one'));
  const reading = take(ring, null, 3);
  await new Promise((resolve) => setImmediate(resolve));
  ring.push(line('two'));
  ring.push(line('three'));
  expect(await reading).toEqual(['one', 'two', 'three']);
});

test('a reader resumes after its cursor, and from the start when the cursor is of another epoch', async () => {
  const ring = new LineRing({ epoch: 'e2' });
  for (const text of ['one', 'two', 'three']) ring.push(line(text));
  expect(await take(ring, 'e2.2', 1)).toEqual(['three']);
  expect(await take(ring, 'e1.2', 3)).toEqual(['one', 'two', 'three']);
});

test('acknowledged lines are forgotten', async () => {
  const ring = new LineRing({ epoch: 'e1' });
  for (const text of ['one', 'two', 'three']) ring.push(line(text));
  await ring.acknowledge('e1.2');
  expect(await take(ring, null, 1)).toEqual(['three']);
});

test('a flood of one app costs another no line, however long the reader is away', async () => {
  const ring = new LineRing({ epoch: 'e1', maxBytes: 100_000, now: () => 0 });
  ring.push(line('the first of another', 'b'));
  for (let count = 0; count < 20_000; count++) {
    ring.push(line('flood', 'a'));
    if (count % 1_000 === 0) ring.push(line(`calm ${count}`, 'b'));
  }
  const kept = Math.floor((100_000 - 21 * 215) / 205);
  const texts = await take(ring, null, kept + 22);
  const calm = texts.filter((text) => text.startsWith('calm'));
  expect(texts.slice(0, 2)).toEqual([
    expect.stringMatching(/^Error L10 \(output buffer overflow\): \d+ messages dropped/),
    'the first of another',
  ]);
  expect(calm).toEqual(Array.from({ length: 20 }, (_, index) => `calm ${index * 1_000}`));
  const dropped = Number(/: (\d+) messages/.exec(texts[0]!)![1]);
  const floods = texts.filter((text) => text === 'flood').length;
  expect(dropped + floods).toBe(20_000);
  expect(Math.abs(floods - kept)).toBeLessThan(5);
});

test('what was acknowledged while others were dropped makes room, and reading goes on at its cursor', async () => {
  const ring = new LineRing({ epoch: 'e1', maxBytes: 1_100, now: () => 0 });
  for (const [text, app] of [
    ['one', 'a'],
    ['two', 'b'],
    ['three', 'a'],
    ['four', 'a'],
    ['five', 'b'],
  ] as const) {
    ring.push(line(text, app));
  }
  expect(await take(ring, 'e1.1', 4)).toEqual(['two', 'three', 'four', 'five']);
  ring.push(line('six', 'a'));
  await ring.acknowledge('e1.3');
  ring.push(line('seven', 'c'));
  ring.push(line('eight', 'c'));
  expect(await take(ring, 'e1.3', 6)).toEqual([
    'Error L10 (output buffer overflow): 1 messages dropped since 2026-01-01T00:00:00.000000+00:00.',
    'four',
    'five',
    'six',
    'seven',
    'eight',
  ]);
  await ring.acknowledge('e1.8');
  ring.push(line('nine', 'a'));
  expect(await take(ring, 'e1.8', 1)).toEqual(['nine']);
});

test('a loss is told again until the batch with its notice is acknowledged, together with what was lost since', async () => {
  const ring = new LineRing({ epoch: 'e1', maxBytes: 450, now: () => 0 });
  const notice = (count: number): string =>
    `Error L10 (output buffer overflow): ${count} messages dropped since 2026-01-01T00:00:00.000000+00:00.`;
  for (const text of ['one', 'two', 'three']) ring.push(line(text));
  expect(await take(ring, null, 3)).toEqual([notice(1), 'two', 'three']);
  expect(await take(ring, null, 3)).toEqual([notice(1), 'two', 'three']);
  ring.push({ ...line('four'), at: '2026-01-01T00:00:09.000000+00:00' });
  expect(await take(ring, null, 3)).toEqual([notice(2), 'three', 'four']);
  await ring.acknowledge('e1.3');
  expect(await take(ring, 'e1.3', 2)).toEqual([notice(2), 'four']);
  await ring.acknowledge('e1.4');
  ring.push(line('five'));
  expect(await take(ring, 'e1.4', 1)).toEqual(['five']);
});

test('a loss whose notice the reader has is not told again, also when it was not acknowledged', async () => {
  const ring = new LineRing({ epoch: 'e1', maxBytes: 450, now: () => 0 });
  for (const text of ['one', 'two', 'three']) ring.push(line(text));
  expect(await take(ring, null, 3)).toHaveLength(3);
  ring.push(line('four', 'b'));
  expect(await take(ring, 'e1.3', 1)).toEqual([expect.stringContaining(': 1 messages dropped'), 'four']);
});

test('when the ring is full the oldest lines go and an L10 notice counts them', async () => {
  const ring = new LineRing({ epoch: 'e1', maxBytes: 450, now: () => 0 });
  for (const text of ['one', 'two', 'three', 'four']) ring.push(line(text));
  expect(await take(ring, null, 3)).toEqual([
    'Error L10 (output buffer overflow): 2 messages dropped since 2026-01-01T00:00:00.000000+00:00.',
    'three',
    'four',
  ]);
});
