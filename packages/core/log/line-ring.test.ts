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

test('when the ring is full the oldest lines go and an L10 notice counts them', async () => {
  const ring = new LineRing({ epoch: 'e1', maxBytes: 450, now: () => 0 });
  for (const text of ['one', 'two', 'three', 'four']) ring.push(line(text));
  expect(await take(ring, null, 3)).toEqual([
    'Error L10 (output buffer overflow): 2 messages dropped since 2026-01-01T00:00:00.000000+00:00.',
    'three',
    'four',
  ]);
});
