import assert from 'node:assert/strict';
import { group } from './case.ts';
import { OK } from './messages.ts';

const ask = (method: string, host: string, rest = 'Connection: close\r\n'): string =>
  `${method} / HTTP/1.1\r\nHost: ${host}\r\n${rest}\r\n`;

export const vegurBodyless = group('vegur', 'body_less', ({ passes }) => {
  passes('an answer to HEAD has a length and no body', async (it) => {
    const { host } = await it.serving('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
    assert.match(await it.send(ask('HEAD', host)), /content-length: 100000[\s\S]*\r\n\r\n$/i);
  });

  passes('an answer to HEAD may be declared chunked', async (it) => {
    const { host } = await it.serving('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    assert.match(await it.send(ask('HEAD', host)), /^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\n$/);
  });

  passes('a body that a dyno sends after HEAD all the same does not reach the client', async (it) => {
    const { host } = await it.serving('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody');
    assert.match(await it.send(ask('HEAD', host)), /\r\n\r\n$/);
  });

  for (const status of ['204 No Content', '304 Not Modified']) {
    passes(`${status} has no body, and the connection goes on`, async (it) => {
      const { host } = await it.serving(`HTTP/1.1 ${status}\r\n\r\n`);
      const client = await it.connect();
      client.write(ask('GET', host, ''));
      await client.until(new RegExp(`^HTTP/1\\.1 ${status}[\\s\\S]*\\r\\n\\r\\n$`));
      client.write(ask('GET', host, ''));
      await client.until(new RegExp(`${status}[\\s\\S]*${status}[\\s\\S]*\\r\\n\\r\\n$`));
      client.destroy();
    });
  }

  passes('a request with neither length nor chunks has no body', async (it) => {
    const { host, requests } = await it.serving(OK);
    assert.match(await it.send(ask('POST', host)), / 200 OK/);
    assert.match(requests[0]!, /\r\n\r\n$/);
  });
});

export const vegurLarge = group('vegur', 'large_body', ({ passes }) => {
  const SIZE = 5_000_000;

  passes('a large request streams through whole', async (it) => {
    let bytes = 0;
    const dyno = await it.rawDyno((socket) => {
      let head = true;
      socket.on('data', (chunk) => {
        bytes += chunk.length;
        if (head) bytes -= chunk.indexOf('\r\n\r\n') + 4;
        head = false;
        if (bytes === SIZE) socket.write(OK);
      });
    });
    const { hosts } = await it.app({ dynos: [dyno] });
    assert.match(
      await it.send(ask('POST', hosts[0]!, `Connection: close\r\nContent-Length: ${SIZE}\r\n`) + 'x'.repeat(SIZE)),
      / 200 OK/,
    );
  });

  passes('a large answer streams through whole', async (it) => {
    const { host } = await it.serving(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n${'x'.repeat(SIZE)}`);
    const answer = await it.send(ask('GET', host));
    assert.equal(answer.length - answer.indexOf('\r\n\r\n') - 4, SIZE);
  });

  passes('nothing waits for the end of an answer: each piece passes as it comes', async (it) => {
    const goOn = Promise.withResolvers<void>();
    const { host } = await it.serving((_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab');
      void goOn.promise.then(() => socket.write('cd'));
    });
    const client = await it.connect();
    client.write(ask('GET', host));
    await client.until(/\r\n\r\nab$/);
    goOn.resolve();
    assert.match(await client.all(), /abcd$/);
  });

  passes('an answer without a length ends with the dyno’s connection', async (it) => {
    const { host } = await it.serving((_request, socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end'));
    assert.match(await it.send(ask('GET', host)), /until the end/);
    assert.match((await it.lines.with(`host=${host}`)).text, /^at=info .* status=200 /);
  });
});

export const vegurConnections = group('vegur', 'backend_close and backend_keepalive', ({ passes, differs }) => {
  passes('a dyno that closes after its answer leaves the client’s connection open', async (it) => {
    const { host, connections } = await it.serving((_request, socket) => {
      socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
    });
    const client = await it.connect();
    client.write(ask('GET', host, ''));
    await client.until(/ok$/);
    client.write(ask('GET', host, ''));
    await client.until(/\r\n\r\nok[\s\S]*\r\n\r\nok$/);
    client.destroy();
    assert.equal(connections(), 2);
  });

  passes('a dyno’s connection is used again', async (it) => {
    const { host, requests, connections } = await it.serving(OK);
    const client = await it.connect();
    for (let count = 1; count <= 3; count++) {
      client.write(ask('GET', host, ''));
      await client.until(new RegExp(`^([\\s\\S]*\\r\\n\\r\\nok){${count}}$`));
    }
    client.destroy();
    assert.equal(requests.length, 3);
    assert.equal(connections(), 1);
  });

  passes('a dyno that closes without an answer is H13', async (it) => {
    const { host } = await it.serving((_request, socket) => void socket.end());
    assert.match(await it.send(ask('GET', host)), /^HTTP\/1\.1 503 /);
    assert.match((await it.lines.with(`host=${host}`)).text, /code=H13 /);
  });

  passes('a client that asks for close gets it', async (it) => {
    const { host } = await it.serving(OK);
    assert.match(await it.send(ask('GET', host)), /ok$/);
  });

  passes('requests sent without waiting are answered in order', async (it) => {
    const { host } = await it.serving((request, socket) => {
      const path = /^GET (\S+)/.exec(request)![1]!;
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
    });
    const client = await it.connect();
    for (const path of ['/1', '/2', '/3']) client.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await client.until(/\/1[\s\S]*\/2[\s\S]*\/3$/);
    client.destroy();
  });

  differs(
    'a connection to a dyno is closed after each request',
    'As Heroku’s newer router, this one keeps it for the next request.',
  );
});
