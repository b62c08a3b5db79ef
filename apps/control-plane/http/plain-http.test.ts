import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { isWithinMachine, refusePlainHttp } from './plain-http.ts';

const ELSEWHERE = { remoteAddress: '192.0.2.9', localAddress: '192.0.2.1' };

/** Status and body of the refusal; null when there is none. */
function refusal(url: string, socket: object): { status: number; id: string; message: string } | null {
  const told = { status: 0, body: '' };
  const response = {
    writeHead: (status: number) => {
      told.status = status;
    },
    end: (body: string) => {
      told.body = body;
    },
  };
  const isRefused = refusePlainHttp(
    { url, socket } as unknown as IncomingMessage,
    response as unknown as ServerResponse,
  );
  return isRefused ? { status: told.status, ...JSON.parse(told.body) } : null;
}

test('plain HTTP from another computer is refused, and says what to do', () => {
  expect(refusal('/apps', ELSEWHERE)).toMatchObject({
    status: 403,
    id: 'tls_required',
    message: expect.stringContaining('https only'),
  });
  expect(refusal('/shop.git/info/refs', ELSEWHERE)).not.toBeNull();
});

test('TLS is not, and neither is the health check', () => {
  expect(refusal('/apps', { ...ELSEWHERE, encrypted: true })).toBeNull();
  expect(refusal('/health', ELSEWHERE)).toBeNull();
});

test.each([
  ['127.0.0.1', '127.0.0.1', true],
  ['::ffff:127.0.0.1', '::ffff:127.0.0.1', true],
  ['::1', '::1', true],
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.9', '192.0.2.1', false],
  ['::ffff:192.0.2.9', '::ffff:192.0.2.1', false],
  [undefined, undefined, false],
])('a connection from %s to %s is within the machine: %s', (remoteAddress, localAddress, expected) => {
  expect(isWithinMachine({ remoteAddress, localAddress } as Parameters<typeof isWithinMachine>[0])).toBe(expected);
});
