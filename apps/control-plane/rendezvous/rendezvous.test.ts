import { duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createTestApi } from '../http/testing/test-api.ts';
import { createRendezvous, type Session } from './rendezvous.ts';

test('a one-off whose client does not come within 30 seconds is R13, never started, and cannot be attached to later', async () => {
  const api = await createTestApi();
  await api.call('POST /apps', { name: 'demo' });
  const { id: appId } = await api.appNamed('demo');
  const rendezvous = createRendezvous(api.context);
  const events: string[] = [];
  const session: Session = {
    dyno: { id: api.context.ids.uuid(), appId, name: 'run.1234' },
    open: () => Promise.reject(new Error('must not be started')),
    done: async () => void events.push('done'),
  };
  const secret = rendezvous.expect(session);
  await api.clock.advance(29_000);
  expect(events).toEqual([]);
  await api.clock.advance(1_000);
  expect(events).toEqual(['done']);
  expect(await api.logOf('demo')).toContain('Error R13 (Attach error) -> Failed to attach to process');

  const [near, far] = duplexPair();
  const seen = text(far);
  await rendezvous.accept(secret, near);
  expect(await seen).toContain('This attach address is not valid (any more).');
});

test('a client that comes in time stops the wait', async () => {
  const api = await createTestApi();
  await api.call('POST /apps', { name: 'demo' });
  const { id: appId } = await api.appNamed('demo');
  const rendezvous = createRendezvous(api.context);
  const [process, inside] = duplexPair();
  const exited = Promise.withResolvers<number>();
  const secret = rendezvous.expect({
    dyno: { id: api.context.ids.uuid(), appId, name: 'run.1234' },
    open: async () => ({
      terminal: { stream: process, exited: exited.promise, resize: async () => undefined },
      tty: false,
      hangUp: async () => undefined,
      detached: async () => undefined,
    }),
    done: async () => undefined,
  });
  const [near, far] = duplexPair();
  const seen = text(far);
  const session = rendezvous.accept(secret, near);
  await api.clock.advance(45_000);
  inside.end('hello\n');
  exited.resolve(0);
  await session;
  expect(await seen).toMatch(/^rendezvous\r\nhello\n/);
  expect(await api.logOf('demo')).not.toContain('Error R13 (Attach error) -> Failed to attach to process');
});

test.each([
  ['whose secret is wrong', 'This attach address is not valid', () => 'ab'.repeat(20)],
  [
    'whose dyno does not start',
    'No memory left',
    (expect: (session: Session) => string, dyno: Session['dyno']) =>
      expect({ dyno, open: () => Promise.reject(new Error('No memory left')), done: async () => undefined }),
  ],
])('a client %s is told so and let go, also when it does not hang up', async (_, reason, secretOf) => {
  const api = await createTestApi();
  await api.call('POST /apps', { name: 'demo' });
  const { id: appId } = await api.appNamed('demo');
  const rendezvous = createRendezvous(api.context);
  const secret = secretOf(rendezvous.expect, { id: api.context.ids.uuid(), appId, name: 'run.1234' });
  const [near, far] = duplexPair();
  const seen = text(far);
  near.pause();
  await rendezvous.accept(secret, near);
  expect(await seen).toContain(reason);
  expect(near.destroyed).toBe(false);
  await api.clock.advance(5_000);
  expect(near.destroyed).toBe(true);
});
