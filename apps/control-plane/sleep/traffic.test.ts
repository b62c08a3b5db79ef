import { createFakeClock } from '@jangada/conformance';
import { type LogLine, logTime } from '@jangada/core';
import { expect, test } from 'vitest';
import { createTraffic } from './traffic.ts';

const start = new Date('2026-01-01T00:00:00Z');

function line(seconds: number, text: string, ps = 'router'): LogLine {
  return { appId: 'app', at: logTime(start.getTime() + seconds * 1000), source: 'heroku', ps, text };
}

const answered = (status: number): string =>
  `at=info method=GET path="/" host=x dyno=web.1 status=${status} bytes=1 protocol=http`;
const refused = (code: string, status: number): string =>
  `at=error code=${code} desc="x" method=GET path="/" host=x dyno= status=${status} bytes= protocol=http`;

test('the last line of the router is the last request; lines of dynos are none', () => {
  const traffic = createTraffic(createFakeClock(start));
  expect(traffic.of('app').lastRequestAt).toEqual(start);
  traffic.take([line(5, answered(200)), line(3, answered(200)), line(9, answered(200), 'web.1')]);
  expect(traffic.of('app').lastRequestAt).toEqual(new Date(start.getTime() + 5_000));
  expect(traffic.of('other').lastRequestAt).toEqual(start);
});

test('lines from before this process started do not make an app idle', () => {
  const traffic = createTraffic(createFakeClock(start));
  traffic.take([line(-3600, answered(200))]);
  expect(traffic.of('app').lastRequestAt).toEqual(start);
});

test('failed are the requests that the router answered for the app, not the errors of the app itself', () => {
  const traffic = createTraffic(createFakeClock(start));
  traffic.take([
    line(1, answered(200)),
    line(1, answered(500)),
    line(1, refused('H12', 503)),
    line(1, refused('H27', 499)),
    line(1, answered(200).replace('host=x', 'host=x fwd=" code=H12 status=503 bytes= protocol=http"')),
    line(1, `sock=backend ${refused('H18', 503)}`),
  ]);
  expect(traffic.count('app')).toEqual({ served: 4, failed: 2 });
});

test('a wake is remembered with its time, requests in flight count as a request now', async () => {
  const clock = createFakeClock(start);
  const traffic = createTraffic(clock);
  await clock.advance(1_000);
  traffic.askWake('app');
  await clock.advance(1_000);
  traffic.isBusy('app');
  expect(traffic.of('app')).toEqual({
    wakeAskedAt: new Date(start.getTime() + 1_000),
    lastRequestAt: new Date(start.getTime() + 2_000),
  });
});
