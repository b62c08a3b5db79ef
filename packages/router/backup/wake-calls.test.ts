import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WakeCalls } from './wake-calls.ts';

async function take(calls: WakeCalls, count: number): Promise<string[]> {
  const stop = new AbortController();
  const taken: string[] = [];
  for await (const appId of calls.calls(stop.signal)) {
    taken.push(appId);
    if (taken.length === count) stop.abort();
  }
  return taken;
}

test('many requests of one app make one call', async () => {
  const calls = new WakeCalls();
  const taken = take(calls, 2);
  calls.ask('a');
  calls.ask('a');
  calls.ask('b');
  expect(await taken).toEqual(['a', 'b']);
});

test('a reader that comes late gets the calls that still stand', async () => {
  const calls = new WakeCalls();
  const served = calls.ask('served');
  calls.ask('waiting');
  served();
  expect(await take(calls, 1)).toEqual(['waiting']);
});

test('an app that sleeps again calls again', async () => {
  const calls = new WakeCalls();
  const taken = take(calls, 2);
  calls.ask('a')();
  await setImmediate();
  calls.ask('a');
  expect(await taken).toEqual(['a', 'a']);
});

test('a reader that is told to stop ends', async () => {
  const stop = new AbortController();
  const reading = Array.fromAsync(new WakeCalls().calls(stop.signal));
  stop.abort();
  expect(await reading).toEqual([]);
});
