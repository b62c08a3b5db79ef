import { once } from 'node:events';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CHANNELS } from './enter.ts';
import { makeKeyPair } from './host-key.ts';
import { CLIENT_KEY, type ExecFixture, openExecFixture } from './testing/exec-fixture.ts';

let fixture: ExecFixture;
/** Exit statuses in the order in which they came. */
let statuses: number[];

beforeEach(async () => {
  fixture = await openExecFixture();
  statuses = [];
});
afterEach(() => fixture.close());

const user = async (): Promise<string> => (await fixture.put('web.1')).body.client_user;
const enter = async (): Promise<Client> => fixture.connect(await user(), CLIENT_KEY.private);

function exec(client: Client, command: string, options: object = {}): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, options, (error, channel) => {
      if (error) return reject(error);
      channel.on('exit', (status: number) => statuses.push(status));
      resolve(channel);
    });
  });
}

function forward(client: Client, host: string, port: number): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 1, host, port, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

test('a command runs in the dyno and its output and exit status come back', async () => {
  const channel = await exec(await enter(), 'say hello 7');
  expect(await text(channel)).toBe('hello');
  expect(statuses).toEqual([7]);
  expect(fixture.processes[0]?.spec.dynoId).toBe(fixture.dyno.id);
  expect(fixture.processes[0]?.tty).toBeNull();
});

test('a shell has a terminal of the size that the client has, also when that changes', async () => {
  const client = await enter();
  const sized = await exec(client, 'size', { pty: { cols: 132, rows: 43, term: 'xterm-256color' } });
  expect(await text(sized)).toBe('132x43');
  expect(fixture.processes[0]?.command).toContain('TERM=xterm-256color');
  const shell = await new Promise<ClientChannel>((resolve, reject) => {
    client.shell((error, channel) => (error ? reject(error) : resolve(channel)));
  });
  shell.write('echo');
  expect(String((await once(shell, 'data'))[0])).toBe('echo');
  shell.setWindow(50, 100, 0, 0);
  await expect.poll(() => fixture.processes[1]?.tty).toEqual({ columns: 100, rows: 50 });
});

test('only harmless variables of the client reach the process', async () => {
  const channel = await exec(await enter(), 'say ok', { env: { LANG: 'pt_BR.UTF-8', LD_PRELOAD: '/app/evil.so' } });
  await text(channel);
  expect(fixture.processes[0]?.command).toContain('LANG=pt_BR.UTF-8');
  expect(fixture.processes[0]?.command.join(' ')).not.toContain('LD_PRELOAD');
});

test('a tunnel leads to the dyno itself, by every name of it', async () => {
  const client = await enter();
  const { dyno_ip: address } = (await fixture.put('web.1')).body;
  for (const host of ['0.0.0.0', '127.0.0.1', 'localhost', '::1', address]) {
    const tunnel = await forward(client, host, 9229);
    tunnel.end('ping');
    expect(await text(tunnel)).toBe('ping');
  }
  expect(fixture.processes.map(({ command }) => command.at(-1))).toEqual([
    'TCP4:127.0.0.1:9229',
    'TCP4:127.0.0.1:9229',
    'TCP4:127.0.0.1:9229',
    'TCP6:[::1]:9229',
    `TCP4:${address}:9229`,
  ]);
});

test('a tunnel to anything that is not the dyno is refused and starts nothing', async () => {
  const client = await enter();
  const elsewhere = ['10.0.0.99', '169.254.169.254', 'example.com', '127.0.0.1,bind=/x', '::ffff:10.0.0.2', ''];
  for (const host of elsewhere) await expect(forward(client, host, 80)).rejects.toThrow(/open failure/);
  for (const port of [0, 65_536]) await expect(forward(client, '0.0.0.0', port)).rejects.toThrow(/open failure/);
  expect(fixture.processes).toEqual([]);
});

test('a key that was not announced is refused', async () => {
  const other = makeKeyPair();
  await expect(fixture.connect(await user(), other.private)).rejects.toThrow(/authentication methods failed/);
});

test('a user name that nobody signed is refused', async () => {
  const name = await user();
  const [body = '', signature = ''] = name.split('.');
  const changed = Buffer.from(Buffer.from(body, 'base64url').toString().replace(fixture.dyno.id, fixture.app.id));
  for (const forged of ['web.1', 'root', `${changed.toString('base64url')}.${signature}`, `${body}.`]) {
    await expect(fixture.connect(forged, CLIENT_KEY.private)).rejects.toThrow(/authentication methods failed/);
  }
});

test('a login has its time: twelve hours', async () => {
  const name = await user();
  await fixture.api.clock.advance(11 * 3_600_000);
  await fixture.connect(name, CLIENT_KEY.private);
  await fixture.api.clock.advance(1.1 * 3_600_000);
  await expect(fixture.connect(name, CLIENT_KEY.private)).rejects.toThrow(/authentication methods failed/);
});

const ends: [string, (fixture: ExecFixture) => Promise<unknown>][] = [
  [
    'the token was revoked',
    ({ api, authorization }: ExecFixture) => api.context.store.rows.authorizations.delete(authorization),
  ],
  [
    'the account was suspended',
    ({ api }: ExecFixture) =>
      api.context.store.rows.accounts.update(api.ana.account.id, { suspendedAt: api.clock.now() }),
  ],
  ['the dyno is gone', ({ api, dyno }: ExecFixture) => api.context.store.rows.dynos.delete(dyno.id)],
  [
    'the dyno crashed',
    ({ api, dyno }: ExecFixture) => api.context.store.rows.dynos.update(dyno.id, { state: 'crashed' }),
  ],
  [
    'the feature was switched off',
    ({ api }: ExecFixture) => api.call('PATCH /apps/demo/features/runtime-heroku-exec', { enabled: false }),
  ],
];

test.each(ends)('no login after %s', async (_, happen) => {
  const name = await user();
  await happen(fixture);
  await expect(fixture.connect(name, CLIENT_KEY.private)).rejects.toThrow(/authentication methods failed/);
});

test.each(ends)('who is inside is out within a minute after %s', async (_, happen) => {
  const client = await enter();
  await exec(client, 'wait');
  await expect.poll(() => fixture.processes.length).toBe(1);
  await fixture.api.clock.advance(60_000);
  const closed = once(client, 'close');
  await happen(fixture);
  await fixture.api.clock.advance(60_000);
  await closed;
  expect(await fixture.processes[0]?.exited).toBe(129);
});

test.each([
  ['a command', (client: Client) => exec(client, 'say in')],
  ['a tunnel', (client: Client) => forward(client, 'localhost', 9229)],
])('%s that is asked for after the token was revoked breaks the connection and starts nothing', async (_, open) => {
  const client = await enter();
  const closed = once(client, 'close');
  await fixture.api.context.store.rows.authorizations.delete(fixture.authorization);
  await open(client).catch(() => undefined);
  await closed;
  expect(fixture.processes).toEqual([]);
});

test('who is inside may stay longer than the login has its time, and is looked at no more after the end', async () => {
  const { clock } = fixture.api;
  const client = await enter();
  await clock.advance(13 * 3_600_000);
  expect(await text(await exec(client, 'say in'))).toBe('in');
  expect(clock.sleeping).toBe(1);
  client.end();
  await expect.poll(() => clock.sleeping).toBe(0);
});

test('somebody who lost the permission does not get in any more', async () => {
  const { api } = fixture;
  const bia = await api.addPerson('bia@example.com');
  await api.call('POST /apps/demo/collaborators', { user: 'bia@example.com' });
  const { client_user: name } = (await fixture.put('web.1', CLIENT_KEY.public, bia)).body;
  await fixture.connect(name, CLIENT_KEY.private);
  await api.call('DELETE /apps/demo/collaborators/bia@example.com');
  await expect(fixture.connect(name, CLIENT_KEY.private)).rejects.toThrow(/authentication methods failed/);
});

test('a client that breaks off while it logs in keeps nothing awake', async () => {
  const name = await user();
  const { authorizations } = fixture.api.context.store.rows;
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const get = authorizations.get.bind(authorizations);
  let questions = 0;
  vi.spyOn(authorizations, 'get').mockImplementation(async (id) => {
    questions += 1;
    // The first one is about the key alone.
    if (questions === 2) asked.resolve();
    if (questions === 2) await answer.promise;
    return get(id);
  });
  const client = new ssh2.Client();
  client.on('error', () => undefined);
  client.connect({ host: '127.0.0.1', port: fixture.port, username: name, privateKey: CLIENT_KEY.private });
  await asked.promise;
  client.destroy();
  await expect.poll(() => fixture.connections()).toBe(0);
  answer.resolve();
  await delay(50);
  expect(fixture.busy).toEqual([]);
});

test('passwords are not asked for', async () => {
  const client = new ssh2.Client();
  const refused = once(client, 'error');
  client.on('error', () => undefined);
  client.connect({ host: '127.0.0.1', port: fixture.port, username: 'root', password: 'root' });
  expect(String((await refused)[0])).toContain('authentication methods failed');
});

test('thousands of channels are bounded, and the connection goes on', async () => {
  const client = await enter();
  const tried = await Promise.allSettled(Array.from({ length: 2_000 }, () => exec(client, 'wait')));
  expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(CHANNELS);
  expect(fixture.processes).toHaveLength(CHANNELS);
  for (const one of tried) if (one.status === 'fulfilled') one.value.close();
  await expect
    .poll(async () => text(await exec(client, 'say again').catch(() => exec(client, 'say again'))))
    .toBe('again');
});

test('a dyno has at most a hundred of these processes, whoever starts them', async () => {
  const clients = [await enter(), await enter()];
  const channels = await Promise.all(
    clients.flatMap((client) => Array.from({ length: 60 }, () => exec(client, 'wait'))),
  );
  await expect.poll(() => statuses).toEqual(Array.from({ length: 20 }, () => 1));
  expect(channels).toHaveLength(120);
  expect(fixture.processes).toHaveLength(100);
});

test('a client that breaks off ends what it ran, also when that reads nothing', async () => {
  const client = await enter();
  const channel = await exec(client, 'wait');
  channel.write(Buffer.alloc(4 * 1024 * 1024));
  await expect.poll(() => fixture.processes.length).toBe(1);
  client.destroy();
  expect(await fixture.processes[0]?.exited).toBe(129);
});

test('a process that has already ended when its client breaks off is not asked for again', async () => {
  const client = await enter();
  await text(await exec(client, 'say done'));
  client.destroy();
  await fixture.close();
  expect(fixture.api.reports).toEqual([]);
});

test.each([
  ['a command whose client does not read', (client: Client) => exec(client, 'wait'), () => undefined],
  ['a tunnel whose client does not read', (client: Client) => forward(client, 'localhost', 9229), () => undefined],
  [
    'a command whose client does not end an exchange of keys',
    (client: Client) => exec(client, 'wait'),
    (client: Client) => (client as unknown as { _protocol: { rekey(): void } })._protocol.rekey(),
  ],
])('%s waits, however wide the window that the client opens', async (_, open, stall) => {
  const client = await enter();
  const channel = await open(client);
  const { _protocol: protocol, _sock: socket } = client as unknown as {
    _protocol: { channelWindowAdjust(channel: number, bytes: number): void };
    _sock: Socket;
  };
  protocol.channelWindowAdjust((channel as unknown as { outgoing: { id: number } }).outgoing.id, 1e9);
  await expect.poll(() => fixture.processes.length).toBe(1);
  stall(client);
  socket.pause();
  await delay(100);
  const process = fixture.processes[0]!;
  const written = 32 * 1024 * 1024;
  for (let at = 0; at < written; at += 65_536) process.write('x'.repeat(65_536));
  await delay(500);
  expect(process.terminal.readableLength).toBeGreaterThan(written / 2);

  socket.resume();
  let read = 0;
  channel.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  await expect.poll(() => read).toBe(written);
});
