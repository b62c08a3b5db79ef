import { expect, test } from 'vitest';
import { describeDynoUsers } from './dyno-users.ts';

test('doctor tells which users dynos are', async () => {
  const asked: number[] = [];
  const probe = async (uid: number): Promise<null> => {
    asked.push(uid);
    return null;
  };
  expect(await describeDynoUsers(null, probe)).toBe('each dyno is a user of its own (1200000 to 2097151)');
  expect(await describeDynoUsers('3000000-3000999', probe)).toContain('(3000000 to 3000999)');
  expect(asked).toEqual([2_097_151, 3_000_999]);
});

test('doctor says what would let dynos be users of their own where they are one', async () => {
  const fact = await describeDynoUsers(null, async () => 'mount_setattr: Invalid argument');
  expect(fact).toMatch(/^all dynos are one user .*mount_setattr: Invalid argument.*Linux 6\.2 or newer/);
});

test('doctor does not try what the operator has switched off', async () => {
  const fact = await describeDynoUsers('off', () => Promise.reject(new Error('not asked')));
  expect(fact).toContain('JANGADA_DYNO_UIDS=off');
});
