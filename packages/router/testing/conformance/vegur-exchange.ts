import assert from 'node:assert/strict';
import { group } from './case.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const head = (host: string, rest = ''): string => `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${rest}\r\n`;
const post = (host: string, rest: string): string =>
  `POST / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${rest}\r\n`;

export const vegurContinue = group('vegur', 'continue', ({ passes, differs }) => {
  passes(
    '100-continue of the dyno reaches the client, then its body the dyno, then the answer the client',
    async (it) => {
      const dyno = await it.rawDyno((socket) => {
        socket.once('data', (first) => {
          assert.match(first.toString(), /expect: 100-continue/i);
          socket.write('HTTP/1.1 100 Continue\r\n\r\n');
          socket.once('data', (body) =>
            socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
          );
        });
      });
      const { hosts } = await it.app({ dynos: [dyno] });
      const client = await it.connect();
      client.write(post(hosts[0]!, 'Expect: 100-continue\r\nContent-Length: 4\r\n'));
      await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
      client.write('body');
      assert.match(await client.all(), /HTTP\/1\.1 200 OK[\s\S]*body$/);
    },
  );

  passes('a dyno that answers at once instead of 100 has its answer relayed', async (it) => {
    const dyno = await it.rawDyno((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'));
    });
    const { hosts } = await it.app({ dynos: [dyno] });
    const answer = await it.send(post(hosts[0]!, 'Expect: 100-continue\r\nContent-Length: 4\r\n'));
    assert.match(answer, /^HTTP\/1\.1 401 /);
  });

  passes('any other expectation gets 417 and H26', async (it) => {
    const { host, requests } = await it.serving(OK);
    assert.match(await it.send(head(host, 'Expect: 200-ok\r\n')), /^HTTP\/1\.1 417 /);
    assert.match(
      (await it.lines.with(`host=${host}`)).text,
      /code=H26 .*cause="unsupported expect header value".* status=417 /,
    );
    assert.equal(requests.length, 0);
  });

  passes('100-continue is known in any case of letters', async (it) => {
    const { host } = await it.serving(OK);
    assert.match(await it.send(`${post(host, 'Expect: 100-CONTINUE\r\nContent-Length: 4\r\n')}body`), / 200 OK/);
  });

  passes('a dyno that is silent after 100 is cut with H12', async (it) => {
    const dyno = await it.rawDyno((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 100 Continue\r\n\r\n'));
    });
    const { hosts } = await it.app({ dynos: [dyno] });
    const answer = await it.send(`${post(hosts[0]!, 'Expect: 100-continue\r\nContent-Length: 4\r\n')}body`);
    assert.match(answer, /HTTP\/1\.1 503 /);
    assert.match((await it.lines.with(`host=${hosts[0]}`)).text, /code=H12 /);
  });

  passes('an upgrade after 100-continue becomes a tunnel', async (it) => {
    const dyno = await it.rawDyno((socket) => {
      socket.once('data', () => {
        socket.write(
          'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n',
        );
        socket.pipe(socket);
      });
    });
    const { hosts } = await it.app({ dynos: [dyno] });
    const client = await it.connect();
    client.write(
      `GET / HTTP/1.1\r\nHost: ${hosts[0]}\r\nExpect: 100-continue\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n`,
    );
    await client.until(/ 101 Switching Protocols[\s\S]*\r\n\r\n/);
    client.write('hello');
    await client.until(/hello$/);
    client.destroy();
  });

  differs(
    'a 100 for a client of HTTP/1.0 is swallowed',
    'It is relayed; a dyno that is asked in 1.0 should send none.',
    async (it) => {
      const { host } = await it.serving(`HTTP/1.1 100 Continue\r\n\r\n${OK}`);
      assert.match(await it.send(`GET / HTTP/1.0\r\nHost: ${host}\r\n\r\n`), /^HTTP\/1\.1 100 Continue[\s\S]*ok$/);
    },
  );
});

export const vegurHeaders = group('vegur', 'headers', ({ passes, differs }) => {
  passes('two different lengths in a request get 400 and reach no dyno', async (it) => {
    const { host, requests } = await it.serving(OK);
    assert.match(await it.send(`${post(host, 'Content-Length: 1\r\nContent-Length: 2\r\n')}ab`), /^HTTP\/1\.[01] 400 /);
    assert.equal(requests.length, 0);
  });

  passes('two equal lengths in a request are one', async (it) => {
    const { host, requests } = await it.serving(OK);
    assert.match(await it.send(`${post(host, 'Content-Length: 2\r\nContent-Length: 2\r\n')}ab`), / 200 OK/);
    assert.equal(requests[0]!.match(/content-length/gi)?.length, 1);
  });

  differs(
    'two different lengths in an answer get 502 and H25',
    'HAProxy calls it a malformed answer: 503, H17.',
    async (it) => {
      const { host } = await it.serving('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab');
      assert.match(await it.send(head(host)), /^HTTP\/1\.1 503 /);
      assert.match((await it.lines.with(`host=${host}`)).text, /code=H17 /);
    },
  );

  passes('two equal lengths in an answer are one', async (it) => {
    const { host } = await it.serving('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab');
    const answer = await it.send(head(host));
    assert.match(answer, / 200 OK[\s\S]*ab$/);
    assert.equal(answer.match(/content-length/gi)?.length, 1);
  });

  passes('headers of one connection go no further, in either direction', async (it) => {
    const { host, requests } = await it.serving(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: x-mine\r\nKeep-Alive: 5\r\nX-Mine: 1\r\nX-Kept: 1\r\n\r\nok',
    );
    const answer = await it.send(
      `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close, x-own\r\nX-Own: 1\r\nX-Kept: 1\r\n\r\n`,
    );
    assert.match(answer, /x-kept: 1/i);
    assert.match(requests[0]!, /x-kept: 1/i);
    assert.doesNotMatch(requests[0]!, /^connection: .*close/im);
  });

  differs(
    'a header named in Connection is dropped',
    'HAProxy drops Connection itself, not what it names.',
    async (it) => {
      const { host, requests } = await it.serving(OK);
      await it.send(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close, x-own\r\nX-Own: 1\r\n\r\n`);
      assert.match(requests[0]!, /x-own: 1/i);
    },
  );

  passes('a Set-Cookie of more than 8,192 bytes gets 502 and H25', async (it) => {
    const { host } = await it.serving(
      `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: ${'c'.repeat(9_000)}\r\n\r\n`,
    );
    assert.match(await it.send(head(host)), /^HTTP\/1\.1 502 /);
    assert.match(
      (await it.lines.with(`host=${host}`)).text,
      /^at=error code=H25 desc="HTTP restriction: oversized cookie" .* status=502 /,
    );
  });

  passes('a Set-Cookie of 8,000 bytes passes', async (it) => {
    const { host } = await it.serving(
      `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: ${'c'.repeat(8_000)}\r\n\r\n`,
    );
    assert.match(await it.send(head(host)), /^HTTP\/1\.1 200 [\s\S]*set-cookie: c{8000}\r\n/i);
  });

  differs(
    'a header of an answer may have 512 kB',
    'HAProxy holds all headers of one message in one buffer of 32 kB; larger ones get 503 and H17.',
    async (it) => {
      const { host } = await it.serving(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ${'x'.repeat(28_000)}\r\n\r\n`);
      assert.match(await it.send(head(host)), /^HTTP\/1\.1 200 /);
      const large = await it.serving(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`);
      assert.match(await it.send(head(large.host)), /^HTTP\/1\.1 503 /);
      assert.match((await it.lines.with(`host=${large.host}`)).text, /code=H17 /);
    },
  );

  differs(
    'a status line of more than 8,192 bytes gets 502 and H25',
    'HAProxy takes a reason of any length that its buffer holds.',
    async (it) => {
      const { host } = await it.serving(`HTTP/1.1 200 ${'x'.repeat(9_000)}\r\nContent-Length: 0\r\n\r\n`);
      assert.match(await it.send(head(host)), /^HTTP\/1\.1 200 /);
    },
  );

  passes('an answer that is not HTTP gets 503 and H17', async (it) => {
    const { host } = await it.serving((_request, socket) => void socket.end('SMTP ready\r\n\r\n'));
    assert.match(await it.send(head(host)), /^HTTP\/1\.1 503 /);
    assert.match((await it.lines.with(`host=${host}`)).text, /code=H17 /);
  });

  passes('Via tells of the router in both directions', async (it) => {
    const { host, requests } = await it.serving(OK);
    assert.match(await it.send(head(host)), /^via: 1\.1 heroku-router\r$/im);
    assert.match(requests[0]!, /^via: 1\.1 heroku-router\r$/im);
  });

  passes('Via of proxies before is kept in front', async (it) => {
    const { host, requests } = await it.serving('HTTP/1.1 200 OK\r\nVia: 1.0 inner\r\nContent-Length: 0\r\n\r\n');
    const answer = await it.send(head(host, 'Via: 1.0 other\r\n'));
    assert.match(requests[0]!, /^via: 1\.0 other\r\n(.*\r\n)*via: 1\.1 heroku-router\r$/im);
    assert.match(answer, /^via: 1\.0 inner\r\n(.*\r\n)*via: 1\.1 heroku-router\r$/im);
  });

  passes('Server is added when the dyno has none, and kept when it has one', async (it) => {
    const without = await it.serving(OK);
    assert.match(await it.send(head(without.host)), /^server: Cowboy\r$/im);
    const own = await it.serving('HTTP/1.1 200 OK\r\nServer: mine\r\nContent-Length: 0\r\n\r\n');
    assert.match(await it.send(head(own.host)), /^server: mine\r$/im);
  });
});

export const vegurHttp10 = group('vegur', 'http_1_0', ({ passes, differs }) => {
  const old = (host: string, rest = ''): string => `GET / HTTP/1.0\r\nHost: ${host}\r\n${rest}\r\n`;

  passes('a client of HTTP/1.0 is told 1.1', async (it) => {
    const { host } = await it.serving(OK);
    assert.match(await it.send(old(host)), /^HTTP\/1\.1 200 OK/);
  });

  differs('the dyno is asked in 1.1', 'It is asked in 1.0, so that it does not answer in chunks.', async (it) => {
    const { host, requests } = await it.serving(OK);
    await it.send(old(host));
    assert.match(requests[0]!, /^GET \/ HTTP\/1\.0\r\n/);
  });

  passes('its connection closes after the answer', async (it) => {
    const { host } = await it.serving(OK);
    assert.match(await it.send(old(host)), /ok$/);
  });

  passes('with Connection: keep-alive it stays open', async (it) => {
    const { host, requests } = await it.serving(OK);
    const client = await it.connect();
    client.write(old(host, 'Connection: keep-alive\r\n'));
    await client.until(/ok$/);
    client.write(old(host, 'Connection: keep-alive\r\n'));
    await client.until(/\r\n\r\nok[\s\S]*\r\n\r\nok$/);
    client.destroy();
    assert.equal(requests.length, 2);
  });

  differs(
    'a chunked answer is unwrapped',
    'Chunks of a dyno that answers a request of HTTP/1.0 with them all the same pass as they are.',
    async (it) => {
      const { host } = await it.serving('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n');
      assert.match(await it.send(old(host)), /transfer-encoding: chunked[\s\S]*abc\r\n0\r\n\r\n$/i);
    },
  );
});

export const vegurChunked = group('vegur', 'chunked', ({ passes }) => {
  const chunked = 'Transfer-Encoding: chunked\r\n';

  passes('a chunked answer passes as it is', async (it) => {
    const { host } = await it.serving(`HTTP/1.1 200 OK\r\n${chunked}\r\n3\r\nabc\r\n0\r\n\r\n`);
    assert.match(await it.send(head(host)), /transfer-encoding: chunked[\s\S]*\r\n3\r\nabc\r\n0\r\n\r\n$/i);
  });

  passes('a chunked request reaches the dyno whole', async (it) => {
    const { host, requests } = await it.serving(OK);
    assert.match(await it.send(`${post(host, chunked)}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`), / 200 OK/);
    assert.match(requests[0]!, /transfer-encoding: chunked/i);
    assert.equal(
      requests[0]!
        .split('\r\n\r\n')
        .slice(1)
        .join('')
        .replace(/[^abcde]/g, ''),
      'abcde',
    );
  });

  passes('chunks beside a length: the chunks win and the length is gone', async (it) => {
    const { host, requests } = await it.serving(OK);
    await it.send(`${post(host, `Content-Length: 100\r\n${chunked}`)}3\r\nabc\r\n0\r\n\r\n`);
    assert.equal(requests.length, 1);
    assert.doesNotMatch(requests[0]!, /content-length/i);
  });

  passes('a dyno that dies between two chunks breaks the connection: H18', async (it) => {
    const { host } = await it.serving(
      (_request, socket) => void socket.end(`HTTP/1.1 200 OK\r\n${chunked}\r\n3\r\nabc\r\n`),
    );
    const answer = await it.send(head(host));
    assert.match(answer, /abc\r\n$/);
    assert.match((await it.lines.with(`host=${host}`)).text, /^sock=backend at=error code=H18 /);
  });

  passes('a client that leaves between two chunks is H27', async (it) => {
    const { host } = await it.serving(OK);
    const client = await it.connect();
    client.write(`${post(host, chunked)}3\r\nabc\r\n`);
    await expectOpen(it, host);
    client.destroy();
    assert.match((await it.lines.with(`host=${host}`)).text, /code=H27 /);
  });

  passes('a bad chunk of a client gets 400 and reaches no dyno as a request', async (it) => {
    const { host, requests } = await it.serving(OK);
    assert.match(await it.send(`${post(host, chunked)}zz\r\nabc\r\n0\r\n\r\n`), /^HTTP\/1\.1 400 /);
    assert.equal(requests.length, 0);
  });

  passes('a bad chunk of a dyno breaks the connection', async (it) => {
    const { host } = await it.serving(`HTTP/1.1 200 OK\r\n${chunked}\r\nzz\r\nabc\r\n0\r\n\r\n`);
    assert.doesNotMatch(await it.send(head(host)), /\r\n0\r\n\r\n$/);
  });

  passes('chunk extensions do not disturb', async (it) => {
    const { host } = await it.serving(`HTTP/1.1 200 OK\r\n${chunked}\r\n3;a=b\r\nabc\r\n0\r\n\r\n`);
    assert.match(await it.send(head(host)), /abc\r\n0\r\n\r\n$/);
  });

  passes('trailers pass', async (it) => {
    const { host } = await it.serving(
      `HTTP/1.1 200 OK\r\n${chunked}Trailer: x-sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n`,
    );
    assert.match(await it.send(head(host)), /abc\r\n0\r\nx-sum: 1\r\n\r\n$/i);
  });
});

/** The request has reached HAProxy's backend. */
async function expectOpen(it: import('./world.ts').World, host: string): Promise<void> {
  const appId = host.replace('.test', '');
  for (let index = 0; index < 500; index++) {
    if (Object.values(await it.router.inFlight(appId)).some((count) => count > 0)) return;
  }
  throw new Error('the request did not reach the dyno');
}
