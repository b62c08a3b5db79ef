import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { AdminSocket } from './haproxy/admin-socket.ts';
import { Router } from './index.ts';
import { routeOf } from './testing/app-route.ts';
import { ask, codeOnPage } from './testing/client.ts';
import { type DynoServer, startDyno } from './testing/dyno-server.ts';
import { Lines } from './testing/lines.ts';
import { type RealRouter, startRealRouter } from './testing/real-router.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function begin(options: Parameters<typeof startRealRouter>[0] = {}): Promise<RealRouter> {
  const real = await startRealRouter(options);
  open.push(real);
  return real;
}

async function serve(dynoId: string): Promise<DynoServer> {
  const dyno = await startDyno(dynoId, 'web.1');
  open.push(dyno);
  return dyno;
}

/** The next router process of the same folder, after the Node side of the last one has gone. */
async function next(real: RealRouter, options: Partial<RealRouter['options']> = {}): Promise<Router> {
  real.router.release();
  await real.router.close();
  const router = await Router.load({ ...real.options, ...options });
  await router.listen();
  await router.start();
  open.push({
    close: async () => {
      await router.stop(200);
      await router.close();
    },
  });
  return router;
}

test('a HAProxy that is killed is back with every route', async () => {
  const real = await begin();
  const dyno = await serve('d');
  await real.router.put(
    routeOf({ hosts: ['a.test', '*.a.test'], dynos: [dyno.dyno], errorPageUrl: 'https://x.test/' }),
  );
  await real.router.put(routeOf({ appId: 'b', hosts: ['b.test'], state: 'blank' }));
  const before = await real.router.haproxyPid();
  process.kill(before!, 'SIGKILL');
  await expect.poll(() => ask(real.port, 'a.test').catch(() => null), { interval: 5 }).toMatchObject({ status: 200 });
  expect((await ask(real.port, 'www.a.test')).headers['x-dyno']).toBe('d');
  expect(codeOnPage(await ask(real.port, 'b.test'))).toBe('H81');
  expect(await real.router.haproxyPid()).not.toBe(before);
});

test('whoever takes the port of a HAProxy that died is reported, and HAProxy is back when it is free again', async () => {
  const real = await begin();
  const dyno = await serve('d');
  await real.router.put(routeOf({ dynos: [dyno.dyno] }));
  const thief = createServer();
  thief.on('error', () => setImmediate(() => thief.listen(real.port, '127.0.0.1')));
  thief.once('listening', () => thief.removeAllListeners('error'));
  thief.listen(real.port, '127.0.0.1');
  // HAProxy may be back before the port is taken; then it dies once more.
  const isTaken = async (): Promise<boolean> => {
    const pid = thief.listening ? null : await real.router.haproxyPid();
    if (pid !== null) process.kill(pid, 'SIGKILL');
    return thief.listening;
  };
  await expect.poll(isTaken, { interval: 50 }).toBe(true);
  const failures = (): string => JSON.stringify(real.reports.filter(({ event }) => event === 'haproxy_start_failed'));
  await expect.poll(failures).toContain(`Port ${real.port} is already taken on 127.0.0.1`);
  await once(thief.close(), 'close');
  await expect.poll(() => ask(real.port, 'a.test').catch(() => null)).toMatchObject({ status: 200 });
});

test('an app that was in maintenance when HAProxy started leaves it and enters it again', async () => {
  const real = await begin();
  const dyno = await serve('d');
  const put = (maintenance: boolean): Promise<void> => real.router.put(routeOf({ dynos: [dyno.dyno], maintenance }));
  await put(true);
  process.kill((await real.router.haproxyPid())!, 'SIGKILL');
  const code = (): Promise<string | undefined | null> => ask(real.port, 'a.test').then(codeOnPage, () => null);
  await expect.poll(code, { interval: 5 }).toBe('H80');
  await put(false);
  expect((await ask(real.port, 'a.test')).headers['x-dyno']).toBe('d');
  await put(true);
  expect(await code()).toBe('H80');
  expect(dyno.requests()).toBe(1);
});

test('changes made while HAProxy is being killed again and again all arrive', async () => {
  const real = await begin();
  const dyno = await serve('d');
  const changes: Promise<void>[] = [];
  for (let round = 0; round < 4; round++) {
    for (let app = 0; app < 5; app++) {
      const name = `${round}-${app}`;
      changes.push(real.router.put(routeOf({ appId: name, hosts: [`h${name}.test`], dynos: [dyno.dyno] })));
    }
    const pid = await real.router.haproxyPid();
    if (pid !== null) process.kill(pid, 'SIGKILL');
    await Promise.all(changes);
  }
  // The last one may have died after the last change.
  await expect.poll(() => real.router.haproxyPid()).not.toBeNull();
  for (let round = 0; round < 4; round++) {
    for (let app = 0; app < 5; app++) expect((await ask(real.port, `h${round}-${app}.test`)).status).toBe(200);
  }
});

test('a HAProxy that was tampered with is told everything anew', async () => {
  const real = await begin();
  const dyno = await serve('d');
  await real.router.put(routeOf({ dynos: [dyno.dyno] }));
  await new AdminSocket(join(real.folder, 'admin.sock')).change(['del map hosts.map a.test']);
  expect((await ask(real.port, 'a.test')).headers['x-dyno']).toBe('d');
  await real.router.put(routeOf({ hosts: ['b.test'], dynos: [dyno.dyno] }));
  expect((await ask(real.port, 'a.test')).status).toBe(404);
  expect((await ask(real.port, 'b.test')).headers['x-dyno']).toBe('d');
});

test('the next router adopts the running HAProxy and everything it serves, without a restart', async () => {
  const real = await begin();
  const [dyno, newer] = [await serve('d'), await serve('newer')];
  await real.router.put(routeOf({ dynos: [dyno.dyno] }));
  await real.router.put(routeOf({ appId: 'b', hosts: ['b.test'], state: 'stopped' }));
  const pid = await real.router.haproxyPid();
  const router = await next(real);
  expect(await router.haproxyPid()).toBe(pid);
  expect(real.reports.at(-1)?.event).toBe('haproxy_adopted');
  expect((await ask(real.port, 'a.test')).headers['x-dyno']).toBe('d');
  expect(codeOnPage(await ask(real.port, 'b.test'))).toBe('H14');
  await router.put(routeOf({ dynos: [newer.dyno, dyno.draining] }));
  expect((await ask(real.port, 'a.test')).headers['x-dyno']).toBe('newer');
  await router.put(routeOf({ hosts: ['a2.test'], dynos: [newer.dyno] }));
  expect((await ask(real.port, 'a.test')).status).toBe(404);
  await expect.poll(() => real.servers('b0')).toEqual(['web.1.2']);
});

test('while no Node side runs, apps with dynos serve, and their lines are delivered to the next one', async () => {
  const real = await begin();
  const dyno = await serve('d');
  await real.router.put(routeOf({ dynos: [dyno.dyno] }));
  real.router.release();
  await real.router.close();
  for (let index = 0; index < 10; index++) {
    expect((await ask(real.port, 'a.test', { path: `/alone/${index}` })).status).toBe(200);
  }
  const router = await next(real);
  const lines = new Lines(router);
  for (let index = 0; index < 10; index++) await lines.with(`path="/alone/${index}"`);
  lines.stop();
});

test('a router that finds nothing running starts from its snapshot, without the control plane', async () => {
  const real = await begin();
  const dyno = await serve('d');
  await real.router.put(routeOf({ dynos: [dyno.dyno] }));
  await real.router.put(routeOf({ appId: 'gone', hosts: ['gone.test'], dynos: [dyno.dyno] }));
  await real.router.remove('gone');
  const pid = await real.router.haproxyPid();
  real.router.release();
  await real.router.close();
  process.kill(pid!, 'SIGKILL');
  await next(real);
  expect(real.reports.at(-1)?.event).toBe('haproxy_started');
  expect((await ask(real.port, 'a.test')).headers['x-dyno']).toBe('d');
  expect((await ask(real.port, 'gone.test')).status).toBe(404);
});

test('after an orderly stop requests wait until somebody says where the dynos are now', async () => {
  const real = await begin();
  const [before, after] = [await serve('before'), await serve('after')];
  await real.router.put(routeOf({ dynos: [before.dyno] }));
  await real.router.stop(100);
  const router = await next(real);
  const waiting = ask(real.port, 'a.test');
  await expect.poll(() => router.loads()).toEqual([{ appId: 'app-a', inFlight: 0, queued: 1 }]);
  await router.put(routeOf({ dynos: [after.dyno] }));
  expect((await waiting).headers['x-dyno']).toBe('after');
});

test('an acknowledged change is on disk', async () => {
  const real = await begin();
  await real.router.put(routeOf({ appId: 'kept', hosts: ['kept.test'], state: 'stopped' }));
  expect(await readFile(join(real.folder, 'routes.json'), 'utf8')).toContain('"kept.test"');
  await real.router.remove('kept');
  expect(await readFile(join(real.folder, 'routes.json'), 'utf8')).not.toContain('kept.test');
});

test('a snapshot that cannot be read is set aside, and the router starts empty', async () => {
  const real = await begin();
  const dyno = await serve('d');
  await real.router.put(routeOf({ dynos: [dyno.dyno] }));
  real.router.release();
  await real.router.close();
  await writeFile(join(real.folder, 'routes.json'), '{"entries": [');
  const router = await next(real);
  expect(real.reports.map((report) => report.event)).toContain('snapshot_unreadable');
  expect((await ask(real.port, 'a.test')).status).toBe(404);
  await router.put(routeOf({ dynos: [dyno.dyno] }));
  expect((await ask(real.port, 'a.test')).status).toBe(200);
});

test('a router with other settings reloads the HAProxy that it finds', async () => {
  const real = await begin();
  const dyno = await serve('d');
  await real.router.put(routeOf({ dynos: [dyno.dyno] }));
  const pid = await real.router.haproxyPid();
  const router = await next(real, { limits: { firstByteMs: 1_234 } });
  expect(await router.haproxyPid()).not.toBe(pid);
  expect((await ask(real.port, 'a.test')).headers['x-dyno']).toBe('d');
});

test('two routers in different folders know nothing of each other', async () => {
  const [one, two] = [await begin(), await begin()];
  const dyno = await serve('d');
  await one.router.put(routeOf({ dynos: [dyno.dyno] }));
  expect((await ask(one.port, 'a.test')).status).toBe(200);
  expect((await ask(two.port, 'a.test')).status).toBe(404);
  process.kill((await one.router.haproxyPid())!, 'SIGKILL');
  expect((await ask(two.port, 'a.test')).status).toBe(404);
  await expect.poll(() => ask(one.port, 'a.test').catch(() => null)).toMatchObject({ status: 200 });
});

test('a second router of one folder, a taken port and a folder with too long a name are refused by name', async () => {
  const real = await begin();
  const second = await Router.load(real.options);
  await expect(second.listen()).rejects.toMatchObject({ id: 'conflict' });
  await expect(begin({ httpPort: real.port })).rejects.toThrow(`Port ${real.port} is already taken on 127.0.0.1. `);
  await expect(Router.load({ ...real.options, folder: `/${'x'.repeat(90)}` })).rejects.toMatchObject({
    id: 'invalid_params',
  });
});

test('HAProxy does not run as root', async () => {
  const real = await begin();
  const status = await readFile(`/proc/${await real.router.haproxyPid()}/status`, 'utf8');
  const uid = /^Uid:\s+(\d+)\s+(\d+)/m.exec(status)!;
  expect(uid[1]).toBe(uid[2]);
  expect(uid[1]).not.toBe('0');
});
