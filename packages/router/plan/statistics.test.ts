import { expect, test } from 'vitest';
import { readStatistics } from './statistics.ts';

test('reads what servers have open and what waits for one of them or for any', () => {
  const loads = readStatistics(
    [
      '# pxname,svname,qcur,qmax,scur,smax,slim',
      'b0,node,0,0,3,3,',
      'b0,web.1.7,2,2,50,50,50',
      'b0,web.2.8,0,0,7,9,50',
      'b0,BACKEND,4,4,60,60,200',
      'b1,BACKEND,0,0,0,0,200',
      '',
    ].join('\n'),
  );
  expect(loads.get('b0')).toEqual({
    onServers: new Map([
      ['web.1.7', 50],
      ['web.2.8', 7],
    ]),
    queued: 6,
  });
  expect(loads.get('b1')).toEqual({ onServers: new Map(), queued: 0 });
});
