import { createFakeClock } from '@jangada/conformance';
import { expect, test } from 'vitest';
import { createFailedLogins } from './failed-logins.ts';

const REFUSED = { id: 'rate_limit' };
const wrong = async (): Promise<null> => null;
const right = async (): Promise<string> => 'ana';

test('attempts count before they have failed: of many at once no more are checked than one after the other', async () => {
  const logins = createFailedLogins(createFakeClock());
  let checks = 0;
  const guess = async (): Promise<null> => {
    checks++;
    return null;
  };
  const guesses = Array.from({ length: 40 }, () => logins.attempt('ana@example.com', '192.0.2.1', guess));
  const outcomes = await Promise.allSettled(guesses);
  expect(checks).toBe(10);
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(30);
});

test('attempts that succeed or break do not count', async () => {
  const logins = createFailedLogins(createFakeClock());
  for (let time = 0; time < 20; time++) {
    expect(await logins.attempt('ana@example.com', '192.0.2.1', right)).toBe('ana');
    const broken = logins.attempt('ana@example.com', '192.0.2.1', () => Promise.reject(new Error('no database')));
    await expect(broken).rejects.toThrow('no database');
  }
  for (let time = 0; time < 10; time++) await logins.attempt('ana@example.com', '192.0.2.1', wrong);
  await expect(logins.attempt('ana@example.com', '192.0.2.1', right)).rejects.toMatchObject(REFUSED);
});

test('a success takes back itself alone, and the time of the failures goes on', async () => {
  const clock = createFakeClock();
  const logins = createFailedLogins(clock);
  for (let time = 0; time < 9; time++) await logins.attempt('ana@example.com', '192.0.2.1', wrong);
  await logins.attempt('ana@example.com', '192.0.2.1', right);
  await logins.attempt('ana@example.com', '192.0.2.1', wrong);
  await expect(logins.attempt('ana@example.com', '192.0.2.1', right)).rejects.toMatchObject(REFUSED);
  await clock.advance(15 * 60_000);
  expect(await logins.attempt('ana@example.com', '192.0.2.1', right)).toBe('ana');
});

test('neighbours of one IPv6 network share their counters, those of the next network do not', async () => {
  const logins = createFailedLogins(createFakeClock());
  for (let host = 1; host <= 10; host++) await logins.attempt('ana@example.com', `2001:db8:0:1::${host}`, wrong);
  await expect(logins.attempt('ana@example.com', '2001:db8:0:1:a:b:c:d', right)).rejects.toMatchObject(REFUSED);
  expect(await logins.attempt('ana@example.com', '2001:db8:0:2::1', right)).toBe('ana');
});

test('an IPv4 address counts as the same one however it is written', async () => {
  const logins = createFailedLogins(createFakeClock());
  for (let time = 0; time < 10; time++) await logins.attempt('ana@example.com', '::ffff:192.0.2.1', wrong);
  await expect(logins.attempt('ana@example.com', '192.0.2.1', right)).rejects.toMatchObject(REFUSED);
  expect(await logins.attempt('ana@example.com', '::ffff:192.0.2.2', right)).toBe('ana');
});
