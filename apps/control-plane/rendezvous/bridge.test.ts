import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { createFakeClock } from '@jangada/conformance';
import type { Terminal } from '@jangada/core';
import { expect, test } from 'vitest';
import { type AttachedProcess, bridgeTerminal } from './bridge.ts';

/** Both ends of a connection in memory. */
function connection(): { near: Duplex; far: Duplex } {
  const [near, far] = duplexPair();
  return { near, far };
}

/** Both ends of a connection over the loopback; the near one comes paused. */
async function pairOfSockets(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [near] = (await once(server, 'connection')) as [Socket];
  server.close();
  return { near, far };
}

function attached(stream: Duplex, exited: Promise<number>, change: Partial<AttachedProcess> = {}): AttachedProcess {
  const terminal: Terminal = { stream, exited, resize: async () => undefined };
  return { terminal, tty: true, hangUp: async () => undefined, detached: async () => undefined, ...change };
}

/** A client, and a process that ends when it is hung up. */
function heedful(): { client: Duplex; attached: AttachedProcess; hangUps(): number } {
  const [client, process] = [connection(), connection()];
  const exited = Promise.withResolvers<number>();
  let hangUps = 0;
  const hangUp = async (): Promise<void> => {
    hangUps += 1;
    process.far.end();
    exited.resolve(129);
  };
  return { client: client.near, attached: attached(process.near, exited.promise, { hangUp }), hangUps: () => hangUps };
}

const MARKER = '\uFFFF heroku-command-exit-status: ';

test('output reaches the client, followed by the exit status', async () => {
  const client = connection();
  const process = connection();
  process.far.end('hello\n');
  const received = text(client.far);
  await bridgeTerminal(client.near, attached(process.near, Promise.resolve(3)), createFakeClock());
  expect(await received).toBe(`hello\n${MARKER}3\n`);
});

test('a status that the shell of the dyno printed is not told twice', async () => {
  const client = connection();
  const process = connection();
  process.far.write(`${MARKER.slice(0, 10)}`);
  process.far.end(`${MARKER.slice(10)}7\n`);
  const received = text(client.far);
  await bridgeTerminal(client.near, attached(process.near, Promise.resolve(0)), createFakeClock());
  expect(await received).toBe(`${MARKER}7\n`);
});

test('a process whose stream was closed before anybody listened is over, not waited for', async () => {
  const client = connection();
  const process = connection();
  process.near.destroy();
  const received = text(client.far);
  await bridgeTerminal(client.near, attached(process.near, Promise.resolve(1)), createFakeClock());
  expect(await received).toBe(`${MARKER}1\n`);
});

test('without a terminal the end-of-input byte closes the input', async () => {
  const client = connection();
  const process = connection();
  const input = text(process.far);
  client.far.write('typed\u0004');
  const exited = input.then(() => {
    process.far.end();
    return 0;
  });
  await bridgeTerminal(client.near, attached(process.near, exited, { tty: false }), createFakeClock());
  expect(await input).toBe('typed');
});

test('a process that reads nothing is sent no more than fits; the client waits until it reads', async () => {
  const [client, process] = [connection(), connection()];
  const exited = Promise.withResolvers<number>();
  const bridge = bridgeTerminal(client.near, attached(process.near, exited.promise), createFakeClock());
  const chunk = Buffer.alloc(256 * 1024);
  let typed = 0;
  const goOn = (): void => {
    while (typed < 100) {
      typed += 1;
      if (!client.far.write(chunk)) return;
    }
    client.far.end();
  };
  client.far.on('drain', goOn);
  goOn();
  await setTimeout(20);
  expect(client.near.isPaused()).toBe(true);
  expect(process.near.writableLength).toBeLessThanOrEqual(6 * chunk.length);
  expect(typed).toBeLessThan(15);

  let read = 0;
  process.far.on('data', (bytes: Buffer) => {
    read += bytes.length;
  });
  await expect.poll(() => read).toBe(100 * chunk.length);
  process.far.end();
  exited.resolve(0);
  await bridge;
});

test('input that comes when the process is gone is dropped: the client that waited is not left waiting', async () => {
  const [client, process] = [connection(), connection()];
  const exited = Promise.withResolvers<number>();
  const bridge = bridgeTerminal(client.near, attached(process.near, exited.promise), createFakeClock());
  client.far.write(Buffer.alloc(2 * 1024 * 1024));
  await setTimeout(20);
  expect(client.near.isPaused()).toBe(true);
  process.near.destroy();
  await setTimeout(20);
  expect(client.near.isPaused()).toBe(false);
  exited.resolve(0);
  await bridge;
});

test('a client that goes away while it waits for a process that reads nothing hangs it up', async () => {
  const [sockets, process, clock] = [await pairOfSockets(), connection(), createFakeClock()];
  const exited = Promise.withResolvers<number>();
  const hangUp = async (): Promise<void> => {
    process.far.destroy();
    process.near.destroy();
    exited.resolve(129);
  };
  const bridge = bridgeTerminal(sockets.near, attached(process.near, exited.promise, { hangUp }), clock);
  sockets.far.write(Buffer.alloc(2 * 1024 * 1024));
  await expect.poll(() => sockets.near.isPaused()).toBe(true);
  sockets.far.destroy();
  await expect.poll(() => clock.advance(5_000).then(() => sockets.near.destroyed)).toBe(true);
  await bridge;
});

test('a process that was lost is no hung-up client', async () => {
  const [client, process] = [connection(), connection()];
  let hangUps = 0;
  const hangUp = async (): Promise<void> => {
    hangUps += 1;
  };
  const lost = Promise.reject<number>(new Error('the agent went away'));
  await expect(
    bridgeTerminal(client.near, attached(process.near, lost, { hangUp }), createFakeClock()),
  ).rejects.toThrow('went away');
  client.near.destroy();
  await setTimeout(20);
  expect(hangUps).toBe(0);
});

test('a client that goes away hangs the process up', async () => {
  const session = heedful();
  const bridge = bridgeTerminal(session.client, session.attached, createFakeClock());
  session.client.destroy();
  await bridge;
  expect(session.hangUps()).toBe(1);
});

test('a client that was lost while the dyno started hangs the process up, once', async () => {
  const session = heedful();
  session.client.destroy();
  await setTimeout(20);
  await bridgeTerminal(session.client, session.attached, createFakeClock());
  expect(session.hangUps()).toBe(1);
});

test('a process that ignores every SIGHUP is ended for good after three of them, five seconds apart', async () => {
  const [client, process, clock] = [connection(), connection(), createFakeClock()];
  const exited = Promise.withResolvers<number>();
  const events: string[] = [];
  const note = (event: string): void => void events.push(`${event} ${clock.now().toISOString().slice(17, 19)}`);
  const bridge = bridgeTerminal(
    client.near,
    attached(process.near, exited.promise, {
      hangUp: async () => note('SIGHUP'),
      detached: async () => {
        note('ended');
        process.far.end();
        exited.resolve(137);
      },
    }),
    clock,
  );
  client.near.destroy();
  await clock.advance(60_000);
  await bridge;
  expect(events).toEqual(['SIGHUP 00', 'SIGHUP 05', 'SIGHUP 10', 'ended 15']);
});

test('an hour without a byte in either direction ends the session; each byte begins it anew', async () => {
  const [client, process, clock] = [connection(), connection(), createFakeClock()];
  const exited = Promise.withResolvers<number>();
  let hungUpAt: number | null = null;
  const begun = clock.now().getTime();
  const hangUp = async (): Promise<void> => {
    hungUpAt = clock.now().getTime() - begun;
    process.far.end();
    exited.resolve(129);
  };
  const bridge = bridgeTerminal(client.near, attached(process.near, exited.promise, { hangUp }), clock);
  const minutes = (count: number): number => count * 60_000;
  client.far.resume();
  process.far.resume();
  await clock.advance(minutes(40));
  client.far.write('typed');
  await clock.advance(minutes(40));
  process.far.write('printed');
  await clock.advance(minutes(59));
  expect(hungUpAt).toBeNull();
  await clock.advance(minutes(2));
  await bridge;
  expect(hungUpAt).toBe(minutes(40 + 40 + 60));
});
