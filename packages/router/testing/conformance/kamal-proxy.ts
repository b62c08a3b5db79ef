import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { group } from './case.ts';
import { get, OK } from './messages.ts';

const told = (text: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

export const kamalDeploy = group('kamal-proxy', 'deploy and drain', ({ passes, differs }) => {
  passes('after a deploy requests go to the new target', async (it) => {
    const [old, next] = [await it.dyno(told('old')), await it.dyno(told('new'))];
    const route = await it.app({ dynos: [old.dyno] });
    assert.match(await it.send(get(route.hosts[0]!)), /old$/);
    await it.router.put({ ...route, dynos: [next.dyno, { ...old.dyno, state: 'draining' }] });
    assert.match(await it.send(get(route.hosts[0]!)), /new$/);
  });

  passes('a request under way on the old target finishes there', async (it) => {
    const finish = Promise.withResolvers<void>();
    const old = await it.dyno((_request, socket) => void finish.promise.then(() => socket.write(told('old'))));
    const next = await it.dyno(told('new'));
    const route = await it.app({ dynos: [old.dyno], limits: { requestTimeoutMs: 30_000 } });
    const answer = it.send(get(route.hosts[0]!));
    while ((await it.router.inFlight(route.appId))[old.dyno.dynoId] !== 1) await delay(5);
    await it.router.put({ ...route, dynos: [next.dyno, { ...old.dyno, state: 'draining' }] });
    finish.resolve();
    assert.match(await answer, /old$/);
  });

  passes('a tunnel on the old target stays open, and counts as in flight until it ends', async (it) => {
    const old = await it.rawDyno((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n');
        socket.pipe(socket);
      });
    });
    const next = await it.dyno(told('new'));
    const route = await it.app({ dynos: [old], limits: { idleTimeoutMs: 30_000 } });
    const client = await it.connect();
    client.write(`GET / HTTP/1.1\r\nHost: ${route.hosts[0]}\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n`);
    await client.until(/ 101 [\s\S]*\r\n\r\n/);
    await it.router.put({ ...route, dynos: [next.dyno, { ...old, state: 'draining' }] });
    client.write('still here');
    await client.until(/still here$/);
    assert.equal((await it.router.inFlight(route.appId))[old.dynoId], 1);
    client.destroy();
    const deadline = Date.now() + 30_000;
    while ((await it.router.inFlight(route.appId))[old.dynoId] !== 0) assert.ok(Date.now() < deadline, 'it ended');
  });

  passes('a target that comes back under the same name is the new one', async (it) => {
    const [first, second] = [await it.dyno(told('first')), await it.dyno(told('second'))];
    const route = await it.app({ dynos: [first.dyno] });
    await it.router.put({ ...route, dynos: [{ ...first.dyno, port: second.dyno.port }] });
    assert.match(await it.send(get(route.hosts[0]!)), /second$/);
  });

  passes('a host moves from one service to another', async (it) => {
    const [a, b] = [await it.dyno(told('a')), await it.dyno(told('b'))];
    const from = await it.app({ dynos: [a.dyno] });
    const to = await it.app({ dynos: [b.dyno] });
    await it.router.put({ ...from, hosts: [] });
    await it.router.put({ ...to, hosts: from.hosts });
    assert.match(await it.send(get(from.hosts[0]!)), /b$/);
  });

  passes('a removed service is gone', async (it) => {
    const dyno = await it.dyno(OK);
    const route = await it.app({ dynos: [dyno.dyno] });
    await it.router.remove(route.appId);
    assert.match(await it.send(get(route.hosts[0]!)), /^HTTP\/1\.1 404 /);
  });

  passes('requests are spread over several targets', async (it) => {
    const dynos = await Promise.all(['a', 'b'].map((name) => it.dyno(told(name))));
    const { hosts } = await it.app({ dynos: dynos.map(({ dyno }) => dyno) });
    const answers = new Set<string>();
    for (let index = 0; index < 30; index++) answers.add((await it.send(get(hosts[0]!))).at(-1)!);
    assert.deepEqual(answers, new Set(['a', 'b']));
  });

  differs('a share of the requests goes to a new version (rollout)', 'Not offered: Heroku has none.');
  differs(
    'a target is taken in once its health check answers',
    'The reconciler does it (`JANGADA_HEALTH_CHECK_PATH`), not the router.',
  );
});

export const kamalPause = group('kamal-proxy', 'pause, stop and pages', ({ passes, differs }) => {
  passes('requests that come while there is no target wait and are answered on resume', async (it) => {
    const dyno = await it.dyno(OK);
    const route = await it.app({ state: 'asleep' });
    const held = Promise.all([it.send(get(route.hosts[0]!)), it.send(get(route.hosts[0]!))]);
    await it.held(route.appId, 2);
    await it.router.put({ ...route, state: 'serving', dynos: [dyno.dyno] });
    for (const answer of await held) assert.match(answer, / 200 OK/);
  });

  passes('a pause that takes too long ends with 503', async (it) => {
    const { hosts } = await it.app({ state: 'starting' });
    assert.match(await it.send(get(hosts[0]!)), /^HTTP\/1\.1 503 /);
  });

  passes('a stopped service answers 503 with its page, and resumes', async (it) => {
    const dyno = await it.dyno(OK);
    const route = await it.app({ dynos: [dyno.dyno], maintenance: true });
    assert.match(await it.send(get(route.hosts[0]!)), /^HTTP\/1\.1 503 [\s\S]*maintenance/);
    await it.router.put({ ...route, maintenance: false });
    assert.match(await it.send(get(route.hosts[0]!)), / 200 OK/);
  });

  passes('a custom error page is shown', async (it) => {
    const dyno = await it.dyno((_request, socket) => void socket.end());
    const { hosts } = await it.app({ dynos: [dyno.dyno], errorPageUrl: 'https://pages.test/error' });
    assert.match(await it.send(get(hosts[0]!)), /<iframe src="https:\/\/pages\.test\/error">/);
  });

  passes('a client that gives up on a pause leaves nothing behind', async (it) => {
    const dyno = await it.dyno(OK);
    const route = await it.app({ state: 'starting' });
    const client = await it.connect();
    client.write(get(route.hosts[0]!));
    client.destroy();
    await it.lines.with(`host=${route.hosts[0]}`);
    while ((await it.router.loads()).some(({ appId }) => appId === route.appId)) await delay(5);
    await it.router.put({ ...route, state: 'serving', dynos: [dyno.dyno] });
    await it.send(get(route.hosts[0]!));
    assert.equal(dyno.requests.length, 1);
  });

  differs(
    'a client that gives up is logged as 499 at once',
    'HAProxy 2.6 notices only when the dyno answers; 3.0 at once.',
  );
  differs('a service can be limited to canonical hosts', 'Heroku leaves redirects between hosts to the app.');
});

export const kamalBuffers = group('kamal-proxy', 'buffers, time-outs and headers', ({ passes, differs }) => {
  passes('a response time-out gives a page', async (it) => {
    const { host } = await it.serving(() => undefined);
    assert.match(await it.send(get(host)), /^HTTP\/1\.1 503 /);
  });

  passes('the time-out of one service does not touch another', async (it) => {
    const finish = Promise.withResolvers<void>();
    const slow = await it.dyno((_request, socket) => void finish.promise.then(() => socket.write(OK)));
    const patient = await it.app({ dynos: [slow.dyno], limits: { requestTimeoutMs: 30_000 } });
    const hasty = await it.app({ dynos: [slow.dyno] });
    const first = it.send(get(patient.hosts[0]!));
    while (slow.requests.length === 0) await delay(5);
    // It came later and is at its end: the time of the first is over too, if it is the same.
    assert.match(await it.send(get(hasty.hosts[0]!)), /^HTTP\/1\.1 503 /);
    finish.resolve();
    assert.match(await first, / 200 OK/);
  });

  passes('a wildcard host serves what no service names', async (it) => {
    const [wide, own] = [await it.dyno(told('wide')), await it.dyno(told('own'))];
    await it.app({ dynos: [wide.dyno], hosts: ['*.kamal.test'] });
    await it.app({ dynos: [own.dyno], hosts: ['own.kamal.test'] });
    assert.match(await it.send(get('any.kamal.test')), /wide$/);
    assert.match(await it.send(get('own.kamal.test')), /own$/);
  });

  passes('a port in the Host header does not matter', async (it) => {
    const { host } = await it.serving(OK);
    assert.match(await it.send(get(`${host}:8080`)), / 200 OK/);
  });

  passes('a request id is made when there is none', async (it) => {
    const { host, requests } = await it.serving(OK);
    await it.send(get(host));
    assert.match(requests[0]!, /^x-request-id: [0-9a-f-]{36}\r$/im);
  });

  passes('an event stream is not held back', async (it) => {
    const { host } = await it.serving((_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');
    });
    const client = await it.connect();
    client.write(get(host, 'Accept: text/event-stream\r\n'));
    await client.until(/data: 1\n\n/);
    client.destroy();
  });

  differs('bodies can be buffered and limited in size', 'Heroku limits no body and buffers none.');
  differs('services are told apart by path prefix', 'Heroku has no such thing.');
  differs(
    'certificates are fetched on demand',
    'Automatic certificates have tests of their own: packages/router/certificates.',
  );
});
