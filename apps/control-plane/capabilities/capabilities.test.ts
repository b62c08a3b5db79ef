import { createFakeClock } from '@jangada/conformance';
import { expect, test } from 'vitest';
import { createCapabilities } from './capabilities.ts';

const clock = createFakeClock(new Date('2026-01-01T00:00:00Z'));
const capabilities = createCapabilities(Buffer.alloc(32, 1), clock);

test('a capability gives back what was signed', () => {
  const token = capabilities.sign('logs', { app: 'a', tail: true }, null);
  expect(capabilities.verify('logs', token)).toEqual({ app: 'a', tail: true });
  expect(token).toMatch(/^[\w.-]+$/);
});

test('a capability is worth nothing for another purpose, after its end, forged or under another key', async () => {
  const token = capabilities.sign('logs', 'x', new Date('2026-01-01T00:06:00Z'));
  expect(capabilities.verify('output', token)).toBeNull();
  const [body, signature] = token.split('.');
  const forged = Buffer.from(JSON.stringify({ c: 'y' })).toString('base64url');
  expect(capabilities.verify('logs', `${forged}.${signature}`)).toBeNull();
  expect(capabilities.verify('logs', body!)).toBeNull();
  expect(capabilities.verify('logs', '')).toBeNull();
  expect(createCapabilities(Buffer.alloc(32, 2), clock).verify('logs', token)).toBeNull();
  await clock.advance(6 * 60_000);
  expect(capabilities.verify('logs', token)).toBeNull();
});
