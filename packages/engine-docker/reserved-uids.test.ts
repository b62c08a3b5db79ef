import { expect, test } from 'vitest';
import { accountIds, delegatedIds } from './reserved-uids.ts';

test('accounts and groups have one id each', () => {
  const text = 'root:x:0:0:root:/root:/bin/bash\nana:x:1000:1000::/home/ana:/bin/sh\n+::::::\n\n';
  expect(accountIds(text)).toEqual([
    { first: 0, last: 0 },
    { first: 1000, last: 1000 },
  ]);
});

test('ids that an account may use in its containers are ranges', () => {
  expect(delegatedIds('ana:1214112:65536\n# a comment\nbad:x:1\n')).toEqual([{ first: 1_214_112, last: 1_279_647 }]);
});
