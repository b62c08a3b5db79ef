import assert from 'node:assert/strict';
import { group } from './case.ts';
import { get, OK } from './messages.ts';
import { LIMITS } from './world.ts';

export const gorouterRetries = group('gorouter', 'retries', ({ passes, differs }) => {
  passes('a connection that is refused is tried on the next endpoint', async (it) => {
    const good = await it.dyno(OK);
    const { hosts } = await it.app({ dynos: [{ ...good.dyno, dynoId: 'dead', name: 'web.2', port: 1 }, good.dyno] });
    for (let index = 0; index < 10; index++) assert.match(await it.send(get(hosts[0]!)), / 200 OK/);
  });

  passes('when all endpoints refuse there is one error', async (it) => {
    const good = await it.dyno(OK);
    const { hosts } = await it.app({ dynos: [{ ...good.dyno, port: 1 }] });
    assert.match(await it.send(get(hosts[0]!)), /^HTTP\/1\.1 503 /);
    assert.match(
      (await it.lines.with(`host=${hosts[0]}`)).text,
      /code=H21 .* dyno=web\.1 connect=\d+ms service= status=503 bytes= /,
    );
  });

  passes('a request that has been sent is not sent again', async (it) => {
    const { host, requests } = await it.serving((_request, socket) => void socket.destroy());
    assert.match(await it.send(get(host).replace('GET', 'POST')), /^HTTP\/1\.1 503 /);
    assert.equal(requests.length, 1);
  });

  passes('an endpoint that failed is left alone for a while, then tried again', async (it) => {
    const [good, other] = [await it.dyno(OK), await it.dyno(OK)];
    const route = await it.app({ dynos: [{ ...other.dyno, port: 1, name: 'web.2' }, good.dyno] });
    for (let index = 0; index < 10; index++) await it.send(get(route.hosts[0]!));
    assert.equal(good.requests.length, 10);
    await it.router.put({ ...route, dynos: [{ ...other.dyno, name: 'web.2' }, good.dyno] });
    const deadline = Date.now() + LIMITS.quarantineMs + 30_000;
    while (other.requests.length === 0) {
      assert.ok(Date.now() < deadline, 'the endpoint is tried again');
      await it.send(get(route.hosts[0]!));
    }
  });

  differs(
    'an idempotent request is retried when the endpoint closes before it answers',
    'Heroku’s router answers H13: the app may have begun its work.',
  );
});

export const gorouterConnections = group('gorouter', 'connections', ({ passes, differs }) => {
  passes('keep-alive of clients is kept over answers of any kind', async (it) => {
    const { host } = await it.serving(OK);
    const client = await it.connect();
    client.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await client.until(/ok$/);
    client.write('GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n');
    await client.until(/ 404 [\s\S]*<\/html>/);
    client.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    assert.match(await client.all(), /ok$/);
  });

  passes('one connection may ask for several apps, each gets its own', async (it) => {
    const told = (text: string): string => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${text}`;
    const [a, b] = [await it.serving(told('a')), await it.serving(told('b'))];
    const client = await it.connect();
    client.write(`GET / HTTP/1.1\r\nHost: ${a.host}\r\n\r\n`);
    await client.until(/\r\n\r\na$/);
    client.write(`GET / HTTP/1.1\r\nHost: ${b.host}\r\n\r\n`);
    await client.until(/\r\n\r\na[\s\S]*\r\n\r\nb$/);
    client.destroy();
    assert.match(b.requests[0]!, new RegExp(`host: ${b.host}`, 'i'));
  });

  passes('an idle connection is closed', async (it) => {
    const { host } = await it.serving(OK);
    const client = await it.connect();
    client.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    assert.match(await client.all(), /ok$/);
  });

  passes('a tunnel carries bytes both ways and ends with either side', async (it) => {
    const dyno = await it.rawDyno((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\nfirst');
        socket.on('data', (chunk) => (chunk.toString() === 'bye' ? socket.end() : socket.write(chunk)));
      });
    });
    const { hosts } = await it.app({ dynos: [dyno] });
    const client = await it.connect();
    client.write(`GET / HTTP/1.1\r\nHost: ${hosts[0]}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
    await client.until(/first$/);
    client.write('ping');
    await client.until(/ping$/);
    client.write('bye');
    await client.all();
    assert.match((await it.lines.with(`host=${hosts[0]}`)).text, /^at=info .* status=101 /);
  });

  passes('an upgrade that the endpoint refuses is an ordinary answer', async (it) => {
    const { host } = await it.serving('HTTP/1.1 426 No\r\nContent-Length: 0\r\n\r\n');
    const client = await it.connect();
    client.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
    await client.until(/^HTTP\/1\.1 426 /);
    client.destroy();
  });

  passes('a silent tunnel is closed', async (it) => {
    const dyno = await it.rawDyno((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 101 Ok\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n'));
    });
    const { hosts } = await it.app({ dynos: [dyno] });
    const started = Date.now();
    await it.send(`GET / HTTP/1.1\r\nHost: ${hosts[0]}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
    assert.ok(Date.now() - started >= LIMITS.idleMs - 20);
  });

  differs('the PROXY protocol is understood', 'Heroku’s router has no proxy in front of it.');
});

export const gorouterRequests = group('gorouter', 'requests', ({ passes, differs }) => {
  passes('paths pass untouched, encoded or not', async (it) => {
    const { host, requests } = await it.serving(OK);
    for (const path of ['/a%2Fb//c', '/..%2f', '/?q=a%20b&c=[]', '/a;b=c', '//double', '/%00']) {
      assert.match(await it.send(get(host, '', path)), / 200 OK/);
      assert.ok(requests.at(-1)!.startsWith(`GET ${path} HTTP/1.1\r\n`), path);
    }
  });

  passes('a request with an absolute URL reaches its app', async (it) => {
    const { host, requests } = await it.serving(OK);
    assert.match(await it.send(get(host, '', `http://${host}/x`)), / 200 OK/);
    assert.match(requests[0]!, /^GET \S*\/x HTTP\/1\.1/);
  });

  passes('an absolute URL cannot name another app than Host does', async (it) => {
    const [a, b] = [await it.serving(OK), await it.serving(OK)];
    assert.match(await it.send(get(a.host, '', `http://${b.host}/`)), /^HTTP\/1\.1 400 /);
    assert.equal(a.requests.length + b.requests.length, 0);
  });

  passes('the host is found in any case of letters', async (it) => {
    const { host } = await it.serving(OK);
    assert.match(await it.send(get(host.toUpperCase())), / 200 OK/);
  });

  passes('a dot at the end of a host does not reach another app', async (it) => {
    const { host, requests } = await it.serving(OK);
    assert.match(await it.send(get(`${host}.`)), /^HTTP\/1\.1 404 /);
    assert.equal(requests.length, 0);
  });

  passes('header values pass as they are', async (it) => {
    const { host, requests } = await it.serving(OK);
    await it.send(get(host, 'X-Odd:  a\tb "c"; d=\xe4\r\n'));
    assert.match(requests[0]!, /^x-odd: a\tb "c"; d=\xe4\r$/im);
  });

  passes('a header name with a blank or control character gets 400', async (it) => {
    for (const bad of ['Bad Name: 1', 'Bad\x01: 1', ': 1']) {
      assert.match(await it.send(get('nobody.test', `${bad}\r\n`)), /^HTTP\/1\.1 400 /);
    }
  });

  passes('a folded header does not smuggle another one', async (it) => {
    const { host, requests } = await it.serving(OK);
    const answer = await it.send(get(host, 'X: 1\r\n Host: other.test\r\n'));
    if (answer.includes(' 200 ')) assert.equal(requests[0]!.match(/^host:/gim)?.length, 1);
    else assert.match(answer, /^HTTP\/1\.1 400 /);
  });

  passes('what an app sets in its answer passes: status, cookies, headers twice', async (it) => {
    const { host } = await it.serving(
      'HTTP/1.1 418 Teapot\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n',
    );
    const answer = await it.send(get(host));
    assert.match(answer, /^HTTP\/1\.1 418 Teapot\r\n/);
    assert.match(answer, /set-cookie: a=1\r\n[\s\S]*set-cookie: b=2\r\n/i);
  });

  passes('sticky sessions stay with their endpoint', async (it) => {
    const told = (text: string): string => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${text}`;
    const dynos = [await it.dyno(told('a')), await it.dyno(told('b'))];
    const { hosts } = await it.app({ sessionAffinity: true, dynos: dynos.map(({ dyno }) => dyno) });
    const first = await it.send(get(hosts[0]!));
    const cookie = /set-cookie: (heroku-session-affinity=[^;]+)/i.exec(first)![1];
    for (let index = 0; index < 10; index++) {
      assert.equal((await it.send(get(hosts[0]!, `Cookie: ${cookie}\r\n`))).at(-1), first.at(-1));
    }
  });

  differs(
    'trace headers (X-B3) are made',
    'Heroku has X-Request-Id only; trace headers of clients pass.',
    async (it) => {
      const { host, requests } = await it.serving(OK);
      await it.send(get(host, 'X-B3-TraceId: 1\r\nTraceparent: 2\r\n'));
      assert.match(requests[0]!, /x-b3-traceid: 1/i);
      assert.match(requests[0]!, /traceparent: 2/i);
    },
  );
  differs('routes are bound to a service that sees requests first (X-CF-Forwarded-Url)', 'Heroku has no such thing.');
  differs('a client certificate is passed on', 'Heroku’s router asks for none.');
});
