import { isPlatformError } from '@jangada/platform-api';
import { expect, test } from 'vitest';
import { hashPassword, verifyPassword } from './password.ts';

/** Takes no time to verify, and is nobody's. */
const CHEAP = `scrypt$16$8$1$c2FsdA$${Buffer.alloc(32).toString('base64url')}`;

test('a password is verified against its own hash only, and no password fits an account without one', async () => {
  const hash = await hashPassword('correct horse battery');
  expect(await verifyPassword('correct horse battery', hash)).toBe(true);
  expect(await verifyPassword('wrong', hash)).toBe(false);
  expect(await verifyPassword('', null)).toBe(false);
});

test('two passwords are verified at a time and twenty wait; the next one is refused at once, later ones are not', async () => {
  const order: string[] = [];
  const asked = Array.from({ length: 25 }, (_, index) =>
    verifyPassword('wrong', CHEAP).then(
      () => order.push(`verified ${index}`),
      (error: unknown) => order.push(isPlatformError(error, 'rate_limit') ? `refused ${index}` : String(error)),
    ),
  );
  await Promise.all(asked);
  expect(order.slice(0, 3).sort()).toEqual(['refused 22', 'refused 23', 'refused 24']);
  expect(order.filter((line) => line.startsWith('verified'))).toHaveLength(22);
  expect(await verifyPassword('wrong', CHEAP)).toBe(false);
});

test('a password that cannot be verified gives its turn back', async () => {
  const impossible = 'scrypt$3$1$1$c2FsdA$aGFzaA';
  for (let time = 0; time < 3; time++) await expect(verifyPassword('wrong', impossible)).rejects.toThrow();
  expect(await verifyPassword('wrong', CHEAP)).toBe(false);
});
