import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { group } from './case.ts';
import { get, OK, post } from './messages.ts';

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
    assert.match(await it.send(get(host)), /transfer-encoding: chunked[\s\S]*\r\n3\r\nabc\r\n0\r\n\r\n$/i);
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
    const answer = await it.send(get(host));
    assert.match(answer, /abc\r\n$/);
    assert.match((await it.lines.with(`host=${host}`)).text, /^sock=backend at=error code=H18 /);
  });

  passes('a client that leaves between two chunks is H27', async (it) => {
    const { dyno } = await it.dyno(OK);
    const limits = { requestTimeoutMs: 30_000, idleTimeoutMs: 30_000 };
    const { appId, hosts } = await it.app({ dynos: [dyno], limits });
    const client = await it.connect();
    client.write(`${post(hosts[0]!, chunked)}3\r\nabc\r\n`);
    while ((await it.router.inFlight(appId))[dyno.dynoId] !== 1) await delay(5);
    client.destroy();
    assert.match((await it.lines.with(`host=${hosts[0]}`)).text, /code=H27 /);
  });

  passes('a bad chunk of a client gets 400 and reaches no dyno as a request', async (it) => {
    const { host, requests } = await it.serving(OK);
    assert.match(await it.send(`${post(host, chunked)}zz\r\nabc\r\n0\r\n\r\n`), /^HTTP\/1\.1 400 /);
    assert.equal(requests.length, 0);
  });

  passes('a bad chunk of a dyno breaks the connection', async (it) => {
    const { host } = await it.serving(`HTTP/1.1 200 OK\r\n${chunked}\r\nzz\r\nabc\r\n0\r\n\r\n`);
    assert.doesNotMatch(await it.send(get(host)), /\r\n0\r\n\r\n$/);
  });

  passes('chunk extensions do not disturb', async (it) => {
    const { host } = await it.serving(`HTTP/1.1 200 OK\r\n${chunked}\r\n3;a=b\r\nabc\r\n0\r\n\r\n`);
    assert.match(await it.send(get(host)), /abc\r\n0\r\n\r\n$/);
  });

  passes('trailers pass', async (it) => {
    const { host } = await it.serving(
      `HTTP/1.1 200 OK\r\n${chunked}Trailer: x-sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n`,
    );
    assert.match(await it.send(get(host)), /abc\r\n0\r\nx-sum: 1\r\n\r\n$/i);
  });
});
