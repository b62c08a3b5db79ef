import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogLine } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OutputFeed } from './output-feed.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jangada-feed-'));
});
afterEach(() => rm(folder, { recursive: true }));

const line = (text: string, ps = 'web.1'): LogLine => ({
  appId: 'a',
  at: '2026-01-01T00:00:00.000000+00:00',
  source: 'app',
  ps,
  text,
});

/** Reads what there is and acknowledges it. */
async function acknowledgeAll(feed: OutputFeed): Promise<void> {
  for await (const batch of feed.lines(null, AbortSignal.timeout(5_000))) {
    await feed.acknowledge(batch.at(-1)!.cursor);
    return;
  }
}

test('each acknowledgement is written down, and the next process knows the last texts of each dyno', async () => {
  const file = join(folder, 'run', 'output.json');
  const feed = new OutputFeed(file, () => true);
  for (const text of ['one', 'two']) {
    feed.push(line(text));
    await acknowledgeAll(feed);
    await feed.settled();
    const next = new OutputFeed(file, () => true);
    await next.open();
    expect(next.safeOf({ appId: 'a', ps: 'web.1' })?.tail.at(-1)).toBe(text);
    expect(next.safeOf({ appId: 'a', ps: 'web.2' })).toBeNull();
  }
});

test('what was handed out and not acknowledged is not safe', async () => {
  const feed = new OutputFeed(join(folder, 'output.json'), () => true);
  feed.push(line('one'));
  for await (const batch of feed.lines(null, AbortSignal.timeout(5_000))) {
    expect(batch.length).toBe(1);
    break;
  }
  expect(feed.safeOf({ appId: 'a', ps: 'web.1' })).toBeNull();
});

test('dynos that are gone are forgotten', async () => {
  const file = join(folder, 'output.json');
  const feed = new OutputFeed(file, (key) => key === 'a web.1');
  feed.push(line('one'));
  feed.push(line('two', 'web.2'));
  await acknowledgeAll(feed);
  await feed.settled();
  const next = new OutputFeed(file, () => true);
  await next.open();
  expect(next.safeOf({ appId: 'a', ps: 'web.1' })).not.toBeNull();
  expect(next.safeOf({ appId: 'a', ps: 'web.2' })).toBeNull();
});
