import { expect, test } from 'vitest';
import { Gate } from './gate.ts';

test('an exclusive change waits for those inside and keeps later ones out', async () => {
  const gate = new Gate();
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = gate.shared(async () => {
    await first.promise;
    order.push('inside');
  });
  const alone = gate.exclusive(async () => {
    order.push('alone');
  });
  const later = gate.shared(async () => {
    order.push('later');
  });
  first.resolve();
  await Promise.all([one, alone, later]);
  expect(order).toEqual(['inside', 'alone', 'later']);
});

test('single changes run side by side', async () => {
  const gate = new Gate();
  const other = Promise.withResolvers<void>();
  await Promise.all([gate.shared(() => other.promise), gate.shared(async () => other.resolve())]);
});

test('a change that fails tells its caller and lets the next one in', async () => {
  const gate = new Gate();
  await expect(gate.exclusive(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(gate.shared(() => Promise.reject(new Error('nor this')))).rejects.toThrow('nor this');
  expect(await gate.exclusive(async () => 'in')).toBe('in');
});
