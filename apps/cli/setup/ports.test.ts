import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { freePort } from '@jangada/conformance/free-port';
import { DEFAULT_SETTINGS, type Settings } from '@jangada/core';
import { afterEach, expect, test } from 'vitest';
import { assertPortsFree } from './ports.ts';

const servers: Server[] = [];

afterEach(() => Promise.all(servers.splice(0).map((server) => once(server.close(), 'close'))));

async function listen(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

async function settingsWith(change: Partial<Settings>): Promise<Settings> {
  const [port, httpPort, httpsPort] = [await freePort(), await freePort(), await freePort()];
  return { ...DEFAULT_SETTINGS, installId: 'aaaaaaaaaaaa', port, httpPort, httpsPort, ...change };
}

test('a taken port is named with who holds it and the setting that chooses another', async () => {
  const taken = await listen();
  const settings = await settingsWith({ httpPort: taken });
  await expect(assertPortsFree(settings, () => false)).rejects.toThrow(
    new RegExp(`Port ${taken} is taken by .*\\(pid ${process.pid}\\).*JANGADA_HTTP_PORT`),
  );
});

test('a port that this installation itself holds is no conflict', async () => {
  const settings = await settingsWith({ httpPort: await listen() });
  await expect(assertPortsFree(settings, () => true)).resolves.toBeUndefined();
});

test('an address that the machine does not have is told as such', async () => {
  const settings = await settingsWith({ bind: '192.0.2.1' });
  await expect(assertPortsFree(settings, () => false)).rejects.toThrow(/JANGADA_BIND/);
});
