import { describe, expect, test } from 'vitest';
import { type AccessEntry, readEntry } from './entry.ts';
import { routerLine } from './router-line.ts';

const FIELDS = {
  backend: 'b0',
  server: 'web.1.7',
  termination: '--',
  status: '200',
  queue: '0',
  connect: '1',
  total: '19',
  bytes: '13',
  tls: '1',
  endedAt: '1795375388859740',
  left: '-',
  ip: '204.204.204.204',
  id: '1796013851-12ab-434c-8042-7',
  note: '{}',
  request: 'GET /?a=1 HTTP/1.1',
  asked: '{myapp.example.com||||}',
};

const ID = '96013851-12ab-434c-8042-7fffffffffff';

function written(part: Partial<typeof FIELDS>): string {
  const { note, request, asked, ...head } = { ...FIELDS, ...part };
  return [Object.values(head).join(' '), note, request, asked].join('\t');
}

function entryOf(part: Partial<typeof FIELDS>): AccessEntry {
  return readEntry(written(part))!;
}

const lineOf = (part: Partial<typeof FIELDS>): string => routerLine(entryOf(part), 55_000);
const REST =
  'method=GET path="/?a=1" host=myapp.example.com request_id=96013851-12ab-434c-8042-7fffffffffff fwd="204.204.204.204"';

test('a request that went well', () => {
  expect(lineOf({})).toBe(`at=info ${REST} dyno=web.1 connect=1ms service=18ms status=200 bytes=13 protocol=https`);
});

test('a request without a dyno leaves dyno, connect, service and bytes empty', () => {
  expect(lineOf({ server: 'node', note: '{,H10,}', status: '503', tls: '0' })).toBe(
    `at=error code=H10 desc="App crashed" ${REST} dyno= connect= service= status=503 bytes= protocol=http`,
  );
});

test('a held request names the dyno that answered it', () => {
  expect(lineOf({ server: 'node', note: '{web.2,,3}', total: '700' })).toBe(
    `at=info ${REST} dyno=web.2 connect=3ms service=700ms status=200 bytes=13 protocol=https`,
  );
});

describe('the way a request ended gives its code', () => {
  test.each([
    ['SC', 'at=error code=H21 desc="Backend connection refused"', 'service= status=503 bytes='],
    ['sC', 'at=error code=H19 desc="Backend connection timeout"', 'service= status=503 bytes='],
    ['sQ', 'at=error code=H11 desc="Backlog too deep"', 'status=503 bytes=0'],
    ['sH', 'at=error code=H12 desc="Request timeout"', 'status=503 bytes=0'],
    ['SH', 'at=error code=H13 desc="Connection closed without response"', 'status=503 bytes=0'],
    ['sD', 'at=error code=H15 desc="Idle connection"', 'status=503 bytes=13'],
    ['PH', 'at=error code=H17 desc="Poorly formatted HTTP response"', 'status=503 bytes=0'],
    ['SD', 'sock=backend at=error code=H18 desc="Server Request Interrupted"', 'status=503 bytes=13'],
    ['CD', 'sock=client at=warning code=H27 desc="Client Request Interrupted"', 'status=499 bytes=13'],
    ['cD', 'at=warning code=H28 desc="Client Connection Idle"', 'status=499 bytes=13'],
  ])('%s', (termination, start, end) => {
    const line = lineOf({ termination, status: '504' });
    expect(line).toMatch(new RegExp(`^${start} method=`));
    expect(line).toContain(` ${end} `);
  });

  test('an unsupported Expect header is H26 with its cause', () => {
    expect(lineOf({ termination: 'LR', status: '417', server: '<NOSRV>' })).toMatch(
      /^at=error code=H26 desc="Request Error" cause="unsupported expect header value" method=.* status=417 /,
    );
  });

  test('a header that breaks the limits is H26 with its cause, and a rule’s answer is known by its end', () => {
    expect(lineOf({ termination: 'LR', status: '400', server: '<NOSRV>' })).toMatch(
      /^at=error code=H26 desc="Request Error" cause="bad header" method=.* status=400 /,
    );
    expect(lineOf({ termination: 'PR', status: '503', server: '<NOSRV>' })).toMatch(/^at=error code=H11 /);
    expect(lineOf({ termination: 'LR', status: '503', server: '<NOSRV>' })).toMatch(/^at=error code=H22 /);
    expect(lineOf({ termination: 'LR', status: '421', server: '<NOSRV>' })).toMatch(/^at=error code=H31 /);
    expect(lineOf({ termination: 'LH', status: '502' })).toMatch(/^at=error code=H25 /);
    expect(lineOf({ termination: 'LR', status: '414', server: '<NOSRV>' })).toMatch(/^at=info .* status=414 /);
  });

  test('a WebSocket that one side drops is no error', () => {
    expect(lineOf({ termination: 'CD', status: '101' })).toMatch(/^at=info method=/);
  });

  test('where HAProxy ends both alike, a silent dyno is told from a client that leaves by time', () => {
    const end = { termination: 'CD', total: '55004' };
    expect(lineOf({ ...end, left: '0' })).toContain('code=H15');
    expect(lineOf({ ...end, left: '1' })).toContain('code=H27');
    expect(lineOf({ ...end, left: '0', total: '54000' })).toContain('code=H27');
    expect(lineOf({ ...end, left: '-' })).toContain('code=H27');
  });

  test('a Node side that does not answer is the platform’s own error', () => {
    for (const termination of ['SC', 'SH']) {
      expect(lineOf({ termination, server: 'node' })).toMatch(/^at=error code=H99 desc="Platform error"/);
    }
    expect(lineOf({ termination: 'sH', server: 'node', status: '504' })).toMatch(/code=H20 desc="App boot timeout"/);
    expect(lineOf({ termination: 'SD', server: 'node', note: '{web.1,,3}' })).toMatch(/code=H18 .* dyno=web\.1 /);
    expect(lineOf({ termination: 'CH', server: 'node' })).toMatch(/^sock=client at=warning code=H27/);
  });
});

test('what a client sends can end neither a value nor the line nor add a field', () => {
  const line = lineOf({
    request: 'GET /#22#20status=200#0A2026-01-01 app[web.1]: forged HTTP/1.1',
    asked: '{Evil#09dyno=web.9:80|not an id|||1.2.3.4#09#22x#7C#0D#0A}',
  });
  expect(line).toContain('path="/%22 status=200%0A2026-01-01 app[web.1]: forged"');
  expect(line).toContain('fwd="1.2.3.4%09%22x|%0D%0A, 204.204.204.204" dyno=web.1 ');
  expect(line).toContain('host=evil%09dyno=web.9 ');
  expect(line).toContain(`request_id=${ID} `);
  expect(line).not.toMatch(/[\r\n\t]/);
});

test('a dyno that sends the header of the Node side is not believed', () => {
  expect(lineOf({ note: '{web.9,H10,3}' })).toMatch(/^at=info .* dyno=web\.1 /);
});

test('a client’s own request id is shown when it has the form', () => {
  expect(lineOf({ asked: '{a.test|0123456789abcdef0123|||}' })).toContain(' request_id=0123456789abcdef0123 ');
  expect(lineOf({ asked: `{a.test|${'a'.repeat(208)}|||}` })).toContain(` request_id=${ID} `);
});

test.each([
  ['GET /a#C3#A9?x=#23 HTTP/1.1', 'GET', '/aé?x=#'],
  ['POST https://a.test/p?q=http://x HTTP/2.0', 'POST', '/p?q=http://x'],
  ['OPTIONS * HTTP/1.1', 'OPTIONS', '*'],
  [`GET /${'x'.repeat(5_000)}`, 'GET', `/${'x'.repeat(4_095)}`],
])('of the request line %s the line shows method and path', (request, method, path) => {
  expect(lineOf({ request })).toContain(` method=${method} path="${path}" host=`);
});

test('a line that HAProxy cut short still says how the request ended', () => {
  const cut = written({ termination: 'sH', asked: '{myapp.example.com||||9.9' });
  expect(routerLine(readEntry(cut)!, 55_000)).toMatch(
    /^at=error code=H12 .* path="\/\?a=1" host=myapp.example.com .*fwd="9\.9, 204\.204\.204\.204" dyno=web.1 /,
  );
  expect(readEntry('too\tshort')).toBeNull();
});
