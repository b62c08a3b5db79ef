import assert from 'node:assert/strict';
import { group } from './case.ts';
import { get, OK } from './messages.ts';

export const vegurRequests = group('vegur', 'request', ({ passes, differs }) => {
  passes('a request without a host gets no app', async (it) => {
    assert.match(await it.send('GET / HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 404 /);
  });

  passes('a host of no app gets 404', async (it) => {
    assert.match(await it.send(get('nobody.test')), /^HTTP\/1\.1 404 [\s\S]*No such app/);
  });

  passes('a request line of 8,192 bytes passes, a longer one gets 414', async (it) => {
    const { host, requests } = await it.serving(OK);
    assert.match(await it.send(get(host, '', `/${'a'.repeat(8_000)}`)), / 200 OK/);
    assert.match(await it.send(get(host, '', `/${'a'.repeat(8_200)}`)), /^HTTP\/1\.1 414 /);
    assert.equal(requests.length, 1);
  });

  passes('a header line of 8,192 bytes passes, a longer one gets 400 and H26', async (it) => {
    const { host, requests } = await it.serving(OK);
    assert.match(await it.send(get(host, `X: ${'a'.repeat(8_100)}\r\nY: ${'b'.repeat(8_100)}\r\n`)), / 200 OK/);
    assert.match(await it.send(get(host, `X: ${'a'.repeat(8_200)}\r\n`)), /^HTTP\/1\.1 400 /);
    assert.match((await it.lines.with('code=H26 desc="Request Error" cause="bad header"')).text, / status=400 /);
    assert.equal(requests.length, 1);
  });

  differs(
    'a header name of 1,000 bytes passes',
    'HAProxy takes names of 255 bytes; longer ones get 400.',
    async (it) => {
      const { host } = await it.serving(OK);
      assert.match(await it.send(get(host, `${'n'.repeat(255)}: 1\r\n`)), / 200 OK/);
      assert.match(await it.send(get(host, `${'n'.repeat(256)}: 1\r\n`)), /^HTTP\/1\.1 400 /);
    },
  );

  passes('several hundred headers pass, more than 1,000 get 400', async (it) => {
    const { host } = await it.serving(OK);
    const headers = (count: number): string => Array.from({ length: count }, (_, index) => `x${index}: 1\r\n`).join('');
    assert.match(await it.send(get(host, headers(800))), / 200 OK/);
    assert.match(await it.send(get(host, headers(1_100))), /^HTTP\/1\.1 400 /);
  });

  differs(
    'all headers of a request together may have megabytes',
    'HAProxy holds them in one buffer of 32 kB; more get 400.',
    async (it) => {
      const { host } = await it.serving(OK);
      const large = Array.from({ length: 8 }, (_, index) => `x${index}: ${'a'.repeat(5_000)}\r\n`).join('');
      assert.match(await it.send(get(host, large)), /^HTTP\/1\.1 400 /);
    },
  );

  passes('a method of up to 127 letters passes, a longer one and CONNECT do not', async (it) => {
    const { host } = await it.serving(OK);
    const ask = (method: string): Promise<string> => it.send(get(host).replace('GET', method));
    assert.match(await ask('PURGE'), / 200 OK/);
    assert.match(await ask('M'.repeat(127)), / 200 OK/);
    assert.match(await ask('M'.repeat(128)), /^HTTP\/1\.1 405 /);
    assert.match(await it.send(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`), /^HTTP\/1\.1 405 /);
  });

  for (const [state, code] of [
    ['crashed', 'H10'],
    ['stopped', 'H14'],
    ['blank', 'H81'],
  ] as const) {
    passes(`an app that is ${state} gets its page and ${code}`, async (it) => {
      const { hosts } = await it.app({ state });
      assert.match(await it.send(get(hosts[0]!)), /^HTTP\/1\.1 503 /);
      assert.match((await it.lines.with(`host=${hosts[0]}`)).text, new RegExp(`code=${code} `));
    });
  }

  passes('an app in maintenance gets its page and H80', async (it) => {
    const { hosts } = await it.app({ maintenance: true });
    assert.match(await it.send(get(hosts[0]!)), /^HTTP\/1\.1 503 /);
    assert.match((await it.lines.with(`host=${hosts[0]}`)).text, /^at=info code=H80 /);
  });

  passes('an app that does not come up in time gets H20', async (it) => {
    const { hosts } = await it.app({ state: 'starting' });
    assert.match(await it.send(get(hosts[0]!)), /^HTTP\/1\.1 503 /);
    assert.match((await it.lines.with(`host=${hosts[0]}`)).text, /code=H20 /);
  });

  passes('more requests than a backlog takes get H11', async (it) => {
    const finish = Promise.withResolvers<void>();
    const dyno = await it.dyno((_request, socket) => void finish.promise.then(() => socket.write(OK)));
    const { hosts } = await it.app({ dynos: [dyno.dyno], limits: { requestTimeoutMs: 30_000 } });
    const asking = Array.from({ length: 8 }, async () => {
      const answer = await it.send(get(hosts[0]!));
      if (answer.includes(' 503 ')) finish.resolve();
      return answer;
    });
    const answers = await Promise.all(asking);
    assert.ok(answers.some((answer) => answer.includes(' 503 ')) && answers.some((answer) => answer.includes(' 200 ')));
    await it.lines.with(`code=H11 desc="Backlog too deep" method=GET path="/" host=${hosts[0]} `);
  });

  passes('dynos that are all in quarantine get H34', async (it) => {
    const dyno = await it.rawDyno((socket) => void socket.destroy());
    const { hosts } = await it.app({ dynos: [{ ...dyno, address: '127.0.0.9' }] });
    await it.send(get(hosts[0]!));
    await it.send(get(hosts[0]!, '', '/again'));
    assert.match((await it.lines.with('path="/again"')).text, /code=H34 desc="All up dynos are quarantined"/);
  });

  passes('a silent dyno gets H12, and one that falls silent later H15', async (it) => {
    const silent = await it.serving(() => undefined);
    assert.match(await it.send(get(silent.host)), /^HTTP\/1\.1 503 /);
    assert.match((await it.lines.with(`host=${silent.host}`)).text, /code=H12 /);
    const half = await it.serving('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
    assert.match(await it.send(get(half.host)), /half$/);
    assert.match((await it.lines.with(`host=${half.host}`)).text, /code=H15 /);
  });

  differs(
    'a request beyond a limit of connections gets H22',
    'It does, at half of the router’s connections: packages/router/exhaustion.system.test.ts.',
  );
  differs(
    'requests that outlive the router are told H24',
    'HAProxy ends what is left ten minutes after a reload, or five seconds after the platform’s end, without a line.',
  );
  differs(
    'a certificate that does not fit is told as H32',
    'Names without a certificate get the platform’s: a client that minds ends the handshake, before there is a request.',
  );
  differs(
    'a broken HTTP/2 stream is told as H33',
    'It is told as what it is to the dyno: a client that left (H27), or that fell silent (H28).',
  );
});

export const vegurProxyHeaders = group('vegur', 'proxy headers', ({ passes, differs }) => {
  const header = (request: string, name: string): string | undefined =>
    new RegExp(`^${name}: (.*)\r$`, 'im').exec(request)?.[1];

  passes('X-Forwarded-For, -Proto and -Port tell who asked, and how', async (it) => {
    const { host, requests } = await it.serving(OK);
    await it.send(get(host));
    assert.equal(header(requests[0]!, 'x-forwarded-for'), '127.0.0.1');
    assert.equal(header(requests[0]!, 'x-forwarded-proto'), 'http');
    assert.match(header(requests[0]!, 'x-forwarded-port')!, /^\d+$/);
  });

  passes('X-Forwarded-For is appended to, several lines become one', async (it) => {
    const { host, requests } = await it.serving(OK);
    await it.send(get(host, 'X-Forwarded-For: 9.9.9.9, 8.8.8.8\r\n'));
    assert.equal(header(requests[0]!, 'x-forwarded-for'), '9.9.9.9, 8.8.8.8, 127.0.0.1');
  });

  passes('what a client says of protocol, port and start is replaced', async (it) => {
    const { host, requests } = await it.serving(OK);
    await it.send(get(host, 'X-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\nX-Request-Start: 1\r\n'));
    assert.equal(header(requests[0]!, 'x-forwarded-proto'), 'http');
    assert.notEqual(header(requests[0]!, 'x-forwarded-port'), '1');
    assert.notEqual(header(requests[0]!, 'x-request-start'), '1');
  });

  passes('X-Request-Start is the time in milliseconds', async (it) => {
    const { host, requests } = await it.serving(OK);
    const before = Date.now();
    await it.send(get(host));
    const start = Number(header(requests[0]!, 'x-request-start'));
    assert.ok(start >= before - 1_000 && start <= Date.now());
  });

  passes('a request id of the client passes when it has the form, else there is a UUID', async (it) => {
    const { host, requests } = await it.serving(OK);
    await it.send(get(host, `X-Request-Id: ${'a'.repeat(20)}\r\n`));
    await it.send(get(host, 'X-Request-Id: short\r\n'));
    await it.send(get(host, `X-Request-Id: ${'a'.repeat(201)}\r\n`));
    assert.equal(header(requests[0]!, 'x-request-id'), 'a'.repeat(20));
    for (const request of requests.slice(1)) assert.match(header(request, 'x-request-id')!, /^[0-9a-f-]{36}$/);
  });

  differs(
    'Connect-Time and Total-Route-Time tell how long the way to the dyno took',
    'Only requests that were held have them: HAProxy writes the headers before it connects. A client cannot forge them.',
    async (it) => {
      const dyno = await it.dyno(OK);
      const route = await it.app({ state: 'starting' });
      const held = it.send(get(route.hosts[0]!, 'Connect-Time: 77777\r\n'));
      await it.held(route.appId, 1);
      await it.router.put({ ...route, state: 'serving', dynos: [dyno.dyno] });
      assert.match(await held, / 200 OK/);
      assert.match(header(dyno.requests[0]!, 'connect-time')!, /^\d{1,3}$/);
      assert.match(header(dyno.requests[0]!, 'total-route-time')!, /^\d{1,4}$/);
      await it.send(get(route.hosts[0]!, 'Connect-Time: 77777\r\n'));
      assert.equal(header(dyno.requests[1]!, 'connect-time'), undefined);
    },
  );
});
