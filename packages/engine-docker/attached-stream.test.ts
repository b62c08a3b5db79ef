import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { attachedStream } from './attached-stream.ts';

async function connection(): Promise<{ near: Socket; far: Socket; close(): void }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  return { near, far, close: () => server.close() };
}

test('a connection that ended without a byte before it is wrapped is an ended stream', async () => {
  const { near, far, close } = await connection();
  far.end();
  near.on('end', () => undefined);
  await once(near, 'end');
  expect(await text(attachedStream(near, false))).toBe('');
  close();
});

test('bytes that came before the end are read first', async () => {
  const { near, far, close } = await connection();
  far.end('last words');
  expect(await text(attachedStream(near, false))).toBe('last words');
  close();
});
