import { expect, test } from 'vitest';
import { type DynoReading, diskLines, metricLines, nextReading, quotaLines } from './dyno-reading.ts';

const MB = 1024 * 1024;
const stats = {
  dynoId: 'd',
  memoryBytes: 1028 * MB,
  rssBytes: 1000 * MB,
  cacheBytes: 28 * MB,
  diskBytes: 0,
  swapBytes: 0,
  cpuSeconds: 5,
  pids: 3,
};
const at = (seconds: number): Date => new Date(seconds * 1000);

test('above the quota memory is told as Heroku does, at the quota it is not', () => {
  expect(quotaLines(stats, 995 * MB)).toEqual([
    'Process running mem=1028M(103.3%)',
    'Error R14 (Memory quota exceeded)',
  ]);
  expect(quotaLines(stats, 1028 * MB)).toEqual([]);
  expect(quotaLines({ ...stats, swapBytes: 1 }, 1028 * MB)).toHaveLength(2);
});

test('a disk is told of when it is nearly full', () => {
  expect(diskLines({ diskBytes: 3900 * MB }, 4096 * MB)).toEqual(['Process running disk=3900M(95.2% of 4096M)']);
  expect(diskLines({ diskBytes: 3800 * MB }, 4096 * MB)).toEqual([]);
});

test('the load of a dyno that keeps a core busy nears 1, the shortest average first', () => {
  let reading: DynoReading = nextReading(null, { cpuSeconds: 0 }, at(0));
  expect(reading.load).toEqual([0, 0, 0]);
  for (let time = 20; time <= 300; time += 20) reading = nextReading(reading, { cpuSeconds: time }, at(time));
  const [one, five, fifteen] = reading.load;
  expect(one).toBeCloseTo(1 - Math.exp(-5), 5);
  expect(five).toBeCloseTo(1 - Math.exp(-1), 5);
  expect(fifteen).toBeCloseTo(1 - Math.exp(-1 / 3), 5);
});

test('a counter that went back, as after a restart of the engine, is no load', () => {
  const before = nextReading(null, { cpuSeconds: 100 }, at(0));
  expect(nextReading(before, { cpuSeconds: 1 }, at(20)).load).toEqual([0, 0, 0]);
});

test('the sample lines have the form of log-runtime-metrics', () => {
  const dyno = { id: 'uuid', appId: 'app', name: 'web.1' };
  expect(metricLines(dyno, stats, [2.456, 1.06, 0.99], 512 * MB)).toEqual([
    'source=web.1 dyno=heroku.app.uuid sample#load_avg_1m=2.46 sample#load_avg_5m=1.06 sample#load_avg_15m=0.99',
    'source=web.1 dyno=heroku.app.uuid sample#memory_total=1028.00MB sample#memory_rss=1000.00MB sample#memory_cache=28.00MB sample#memory_swap=0.00MB sample#memory_quota=512.00MB',
  ]);
});
