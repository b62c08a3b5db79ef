import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCertificate } from '@jangada/conformance';
import { freePort } from '@jangada/conformance/free-port';
import { systemClock } from '@jangada/core';
import { Router } from '@jangada/router';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestApi } from '../http/testing/test-api.ts';
import { openIssuer } from './open-issuer.ts';

/** Pebble, the test server of Let's Encrypt, looks at challenges through a real router. */
const run = promisify(execFile);
const own = makeCertificate({ names: ['localhost'] });
let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jangada-pebble-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    const gone = once(child, 'exit');
    if (child.kill()) await gone;
  }
  await rm(folder, { recursive: true, force: true });
});

/** Folder of Pebble's programs: the machine's own, or those of Debian's package, unpacked but not installed. Null: neither. */
async function pebblePrograms(): Promise<string | null> {
  if (existsSync('/usr/bin/pebble')) return '/usr/bin';
  try {
    await run('apt-get', ['download', 'pebble'], { cwd: folder, timeout: 60_000 });
    const [archive] = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['-x', archive!, 'pebble'], { cwd: folder });
    return join(folder, 'pebble', 'usr', 'bin');
  } catch {
    return null;
  }
}

function start(program: string, args: readonly string[]): void {
  const env = { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '20' };
  children.push(spawn(program, args, { cwd: folder, env, stdio: 'ignore' }));
}

async function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request(url, { ca: own.cert, servername: 'localhost' }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asking.on('error', () => resolve(false));
    asking.end();
  });
}

test('Pebble, strict and refusing every fifth nonce, gives certificates for names that lead to the router', async (it) => {
  const programs = await pebblePrograms();
  if (programs === null) return it.skip('Pebble is not installed, and apt has no package pebble here');
  const [acmePort, managePort, httpPort, httpsPort, dnsPort, dnsManagePort] = await Promise.all(
    Array.from({ length: 6 }, freePort),
  );
  await writeFile(join(folder, 'cert.pem'), own.cert);
  await writeFile(join(folder, 'key.pem'), own.key, { mode: 0o600 });
  const pebble = {
    listenAddress: `127.0.0.1:${acmePort}`,
    managementListenAddress: `127.0.0.1:${managePort}`,
    certificate: 'cert.pem',
    privateKey: 'key.pem',
    httpPort,
    tlsPort: httpsPort,
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify({ pebble }));
  const nothing = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''];
  const dns = ['-dns01', `127.0.0.1:${dnsPort}`, '-management', `127.0.0.1:${dnsManagePort}`];
  start(join(programs, 'pebble-challtestsrv'), ['-defaultIPv4', '127.0.0.1', ...dns, ...nothing]);
  start(join(programs, 'pebble'), ['-strict', '-config', 'config.json', '-dnsserver', `127.0.0.1:${dnsPort}`]);

  const router = await Router.load({
    folder,
    bind: '127.0.0.1',
    httpPort: httpPort!,
    httpsPort: httpsPort!,
    certificate: own,
    openFiles: 4_096,
    threads: 1,
    poolSize: 2,
    report: () => undefined,
  });
  await router.listen();
  await router.start();
  try {
    const directoryUrl = `https://localhost:${acmePort}/dir`;
    await expect.poll(() => answers(directoryUrl)).toBe(true);
    const { context } = await createTestApi({ clock: systemClock });
    const authority = { directoryUrl, email: 'ops@example.org', caBundle: join(folder, 'cert.pem') };
    const issuer = await openIssuer(context, authority, router);
    const pair = await issuer.issue('shop.example.org', new AbortController().signal);
    expect(new X509Certificate(pair.certificateChain).checkHost('shop.example.org')).toBe('shop.example.org');
    // The account is known again after a restart of the control plane.
    const again = await openIssuer(context, authority, router);
    await again.issue('www.example.org', new AbortController().signal);
    expect(await context.store.rows.acmeAccounts.count()).toBe(1);
  } finally {
    await router.stop(100);
    await router.close();
  }
});
