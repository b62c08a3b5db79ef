import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { readSession, signalSession } from './process-session.ts';

test('the session is found whatever a process calls itself', () => {
  expect(readSession('42 (a) R 1 2) S 7 8 9 34816 8 4194560')).toBe(9);
});

test('a signal reaches what the leader has started, and nobody else', async () => {
  const script = 'sleep 300 & echo started; wait';
  const options = { detached: true, stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'] };
  const [ours, others] = [spawn('sh', ['-c', script], options), spawn('sh', ['-c', script], options)];
  await Promise.all([once(ours.stdout, 'data'), once(others.stdout, 'data')]);
  await signalSession(ours.pid!, 'SIGKILL');
  // The pipe closes once the child, which holds it too, is gone.
  await once(ours, 'close');
  expect(ours.signalCode).toBe('SIGKILL');
  expect(others.exitCode ?? others.signalCode).toBeNull();
  process.kill(-others.pid!, 'SIGKILL');
  await once(others, 'close');
});

test('a session that is over is no error', async () => {
  const gone = spawn('true', { detached: true });
  await once(gone, 'close');
  await signalSession(gone.pid!, 'SIGHUP');
});
