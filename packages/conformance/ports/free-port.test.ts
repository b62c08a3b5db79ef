import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { freePort } from './free-port.ts';

test('every port is told once and can be listened on', async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, freePort));
  expect(new Set(ports).size).toBe(200);
  const server = createServer().listen(ports[0], '127.0.0.1');
  await once(server, 'listening');
  await once(server.close(), 'close');
});

test('none is one that the kernel gives to others', async () => {
  const [first] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t').map(Number);
  // A machine that gives almost all of them leaves none.
  expect(await freePort()).toBeLessThan(Math.max(first!, 25_000));
});

test('another process is told none that this one was', async () => {
  const port = await freePort();
  const claimAgain = `require('node:net').createServer().on('error', (error) => console.log(error.code)).listen('\\0jangada-test-port-${port}')`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', claimAgain]);
  expect(stdout.trim()).toBe('EADDRINUSE');
});
