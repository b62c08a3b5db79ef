import { systemClock } from '@jangada/core';
import { expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../http/testing/test-api.ts';

const at = '2026-01-01T00:00:00.000000+00:00';

async function demo(change: Parameters<typeof createTestApi>[0] = {}): Promise<TestApi & { appId: string }> {
  const api = await createTestApi(change);
  await api.call('POST /apps', { name: 'demo' });
  const { id: appId } = await api.appNamed('demo');
  await api.context.logs.append([
    { appId, at, source: 'app', ps: 'web.1', text: 'hello' },
    { appId, at, source: 'heroku', ps: 'router', text: 'at=info' },
    { appId, at, source: 'app', ps: 'worker.1', text: 'working' },
  ]);
  return { ...api, appId };
}

async function open({ call }: TestApi, body: object): Promise<string> {
  const { body: session } = await call('POST /apps/demo/log-sessions', body);
  expect(session.logplex_url).toMatch(/^http:\/\/127\.0\.0\.1:5000\/log-sessions\/stream\//);
  return new URL(session.logplex_url).pathname;
}

const read = async ({ call }: TestApi, path: string, headers: Record<string, string> = {}) =>
  call(`GET ${path}`, undefined, { as: null, headers: { accept: 'text/event-stream', ...headers } });

test('events carry an id and the line as the CLI reads it', async () => {
  const api = await demo();
  const { headers, body } = await read(api, await open(api, { lines: 2 }));
  expect(headers['content-type']).toBe('text/event-stream');
  expect(body).toBe(
    `retry: 10\n\nid: 6\ndata: ${at} heroku[router]: at=info\n\nid: 7\ndata: ${at} app[worker.1]: working\n\n`,
  );
});

test('what an app prints behind a carriage return stays data, and no other field', async () => {
  const api = await demo();
  const line = { appId: api.appId, at, source: 'app', ps: 'web.1', text: '50%\rid: 99\r100%' } as const;
  await api.context.logs.append([line]);
  const { body } = await read(api, await open(api, { lines: 1 }));
  expect(body).toBe(`retry: 10\n\nid: 8\ndata: ${at} app[web.1]: 50%\ndata: id: 99\ndata: 100%\n\n`);
});

test('a command of several lines is one line of the log', async () => {
  const api = await demo();
  await api.deploy(await api.appNamed('demo'), { web: 'serve' });
  await api.call('POST /apps/demo/dynos', { command: 'set -e\nrake seed' });
  expect(await api.logOf('demo')).toContain('Starting process with command `set -e rake seed` by user ana@example.com');
});

test('without the Accept of a stream reader the lines are plain text', async () => {
  const api = await demo();
  const { headers, body } = await read(api, await open(api, { lines: 1 }), { accept: '*/*' });
  expect(headers['content-type']).toContain('text/plain');
  expect(body).toBe(`${at} app[worker.1]: working\n`);
});

test.each([
  [{ source: 'heroku' }, ['at=info']],
  [{ dyno: 'web.1' }, ['hello']],
  [{ dyno: 'worker' }, ['working']],
  [{ source: 'app', dyno: 'router' }, []],
])('%o shows %o', async (filter, texts) => {
  const api = await demo();
  const { body } = await read(api, await open(api, filter), { accept: '*/*' });
  expect(
    String(body)
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(': ')[1]),
  ).toEqual(texts);
});

test('a reader that comes back with Last-Event-ID gets what it has not seen', async () => {
  const api = await demo();
  const { body } = await read(api, await open(api, {}), { 'last-event-id': '6' });
  expect(body).toBe(`retry: 10\n\nid: 7\ndata: ${at} app[worker.1]: working\n\n`);
});

test('a session ends, cannot be forged, and goes with its app', async () => {
  const api = await demo();
  const path = await open(api, {});
  expect((await read(api, `${path}x`)).status).toBe(404);
  await api.clock.advance(361_000);
  expect((await read(api, path)).status).toBe(404);
  const another = await open(api, {});
  await api.call('DELETE /apps/demo');
  expect((await read(api, another)).status).toBe(404);
});

test('an unknown source is refused', async () => {
  const { call } = await demo();
  expect((await call('POST /apps/demo/log-sessions', { source: 'nginx' })).body.message).toContain('"app" or "heroku"');
});

test('a tail goes on with new lines as they come, and ends when the reader leaves', async () => {
  const api = await demo({ clock: systemClock });
  const url = await api.server.listen({ host: '127.0.0.1', port: 0 });
  const path = await open(api, { tail: true, lines: 1 });
  const leave = new AbortController();
  const response = await fetch(url + path, { headers: { accept: 'text/event-stream' }, signal: leave.signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (wanted: string): Promise<void> => {
    while (!text.includes(wanted)) text += (await reader.read()).value ?? '';
  };
  await until('working');
  const { appId } = api;
  await api.context.logs.append([{ appId, at, source: 'app', ps: 'web.1', text: 'later' }]);
  await until('later');
  expect(text.match(/^id: /gm)).toHaveLength(2);
  leave.abort();
  await api.server.close();
});
