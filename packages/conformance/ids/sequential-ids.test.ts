import { expect, test } from 'vitest';
import { idsConformance } from './ids-suite.ts';
import { createSequentialIds } from './sequential-ids.ts';

idsConformance('the sequential ids', createSequentialIds);

test('the same calls give the same ids', () => {
  const [one, other] = [createSequentialIds(), createSequentialIds()];
  expect([one.uuid(), one.secret(), one.integer(1, 9)]).toEqual([other.uuid(), other.secret(), other.integer(1, 9)]);
});
