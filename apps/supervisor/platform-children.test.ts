import { homeLayout } from '@jangada/core';
import { expect, test } from 'vitest';
import { postgresChild } from './platform-children.ts';
import { postgresPlaces } from './postgres/postgres-plan.ts';

test('PostgreSQL gets half an hour to recover: killed before, it would begin again without end', () => {
  const places = postgresPlaces(homeLayout('/home'), '18.4.0');
  const { readyWithin } = postgresChild(places, { name: 'jangada', uid: 1, gid: 1 });
  expect(readyWithin).toBeGreaterThanOrEqual(30 * 60_000);
});
