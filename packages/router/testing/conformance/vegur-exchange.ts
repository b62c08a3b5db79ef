import assert from 'node:assert/strict';
import { group } from './case.ts';
import { get, OK, post } from './messages.ts';

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
    assert.match(await it.send(get(host, 'Expect: 200-ok\r\n')), /^HTTP\/1\.1 417 /);
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
      assert.match(await it.send(get(host)), /^HTTP\/1\.1 503 /);
      assert.match((await it.lines.with(`host=${host}`)).text, /code=H17 /);
    },
  );

  passes('two equal lengths in an answer are one', async (it) => {
    const { host } = await it.serving('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab');
    const answer = await it.send(get(host));
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
    assert.match(await it.send(get(host)), /^HTTP\/1\.1 502 /);
    assert.match(
      (await it.lines.with(`host=${host}`)).text,
      /^at=error code=H25 desc="HTTP restriction: oversized cookie" .* status=502 /,
    );
  });

  passes('a Set-Cookie of 8,000 bytes passes', async (it) => {
    const { host } = await it.serving(
      `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: ${'c'.repeat(8_000)}\r\n\r\n`,
    );
    assert.match(await it.send(get(host)), /^HTTP\/1\.1 200 [\s\S]*set-cookie: c{8000}\r\n/i);
  });

  differs(
    'a header of an answer may have 512 kB',
    'HAProxy holds all headers of one message in one buffer of 32 kB; larger ones get 503 and H17.',
    async (it) => {
      const { host } = await it.serving(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ${'x'.repeat(28_000)}\r\n\r\n`);
      assert.match(await it.send(get(host)), /^HTTP\/1\.1 200 /);
      const large = await it.serving(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`);
      assert.match(await it.send(get(large.host)), /^HTTP\/1\.1 503 /);
      assert.match((await it.lines.with(`host=${large.host}`)).text, /code=H17 /);
    },
  );

  differs(
    'a status line of more than 8,192 bytes gets 502 and H25',
    'HAProxy takes a reason of any length that its buffer holds.',
    async (it) => {
      const { host } = await it.serving(`HTTP/1.1 200 ${'x'.repeat(9_000)}\r\nContent-Length: 0\r\n\r\n`);
      assert.match(await it.send(get(host)), /^HTTP\/1\.1 200 /);
    },
  );

  passes('an answer that is not HTTP gets 503 and H17', async (it) => {
    const { host } = await it.serving((_request, socket) => void socket.end('SMTP ready\r\n\r\n'));
    assert.match(await it.send(get(host)), /^HTTP\/1\.1 503 /);
    assert.match((await it.lines.with(`host=${host}`)).text, /code=H17 /);
  });

  passes('Via tells of the router in both directions', async (it) => {
    const { host, requests } = await it.serving(OK);
    assert.match(await it.send(get(host)), /^via: 1\.1 heroku-router\r$/im);
    assert.match(requests[0]!, /^via: 1\.1 heroku-router\r$/im);
  });

  passes('Via of proxies before is kept in front', async (it) => {
    const { host, requests } = await it.serving('HTTP/1.1 200 OK\r\nVia: 1.0 inner\r\nContent-Length: 0\r\n\r\n');
    const answer = await it.send(get(host, 'Via: 1.0 other\r\n'));
    assert.match(requests[0]!, /^via: 1\.0 other\r\n(.*\r\n)*via: 1\.1 heroku-router\r$/im);
    assert.match(answer, /^via: 1\.0 inner\r\n(.*\r\n)*via: 1\.1 heroku-router\r$/im);
  });

  passes('Server is added when the dyno has none, and kept when it has one', async (it) => {
    const without = await it.serving(OK);
    assert.match(await it.send(get(without.host)), /^server: Cowboy\r$/im);
    const own = await it.serving('HTTP/1.1 200 OK\r\nServer: mine\r\nContent-Length: 0\r\n\r\n');
    assert.match(await it.send(get(own.host)), /^server: mine\r$/im);
  });
});
