import { expect, test } from 'vitest';
import { parseMachineTime } from './machine-time.ts';

test('CPU time that nobody had is idle time and time of waiting for disks; guests are counted once', () => {
  const stat = 'cpu  100 10 50 700 40 5 5 20 90 9\ncpu0 50 5 25 350 20 2 3 10 45 4\n';
  expect(parseMachineTime(stat)).toEqual({ total: 930, unused: 740 });
});
