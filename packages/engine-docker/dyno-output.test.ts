import type { LogLine } from '@jangada/core';
import { expect, test } from 'vitest';
import { DynoOutput, LINE_COST, READ } from './dyno-output.ts';

function outputAt(start: number) {
  const lines: LogLine[] = [];
  const clock = { now: start };
  const output = new DynoOutput({ appId: 'a', ps: 'web.1', push: (line) => lines.push(line), now: () => clock.now });
  return { output, lines, clock };
}

test('lines carry app, dyno and the time of receipt; the streams do not mix within a line', () => {
  const { output, lines } = outputAt(Date.UTC(2026, 0, 1) + 0.25);
  output.write('stdout', Buffer.from('from '));
  output.write('stderr', Buffer.from('warning\n'));
  output.write('stdout', Buffer.from('out\nrest'));
  output.end();
  expect(lines.map(({ text }) => text)).toEqual(['warning', 'from out', 'rest']);
  expect(lines[0]).toEqual({
    appId: 'a',
    at: '2026-01-01T00:00:00.000250+00:00',
    source: 'app',
    ps: 'web.1',
    text: 'warning',
  });
});

test('a flood is cut with a count, and what comes after it is whole lines', () => {
  const { output, lines, clock } = outputAt(1_000);
  const chunk = Buffer.from('0123456789\n'.repeat(5_000));
  for (let count = 0; count < 100; count++) output.write('stdout', chunk);
  output.write('stdout', Buffer.from('half of a '));
  const kept = lines.length;
  expect(kept).toBeLessThan(60_000);
  clock.now += 10_000;
  output.write('stdout', Buffer.from('line\nafter\n'));
  const notice = lines[kept]!;
  expect(notice).toMatchObject({ source: 'heroku', ps: 'logplex' });
  const dropped = Number(/overflow\): (\d+) messages dropped since/.exec(notice.text)?.[1]);
  expect(kept + dropped).toBeGreaterThanOrEqual(500_000);
  expect(lines.slice(kept + 1).map(({ text }) => text)).toEqual(['after']);
});

test('a dyno is read without rest, until it floods for longer than a burst; a moment later it is read again', () => {
  const { output, clock } = outputAt(1_000);
  const chunk = Buffer.from('0123456789\n'.repeat(5_000));
  const cost = 5_000 * (11 + LINE_COST);
  const inBurst = Math.floor(READ.burst / cost);
  for (let count = 0; count < inBurst; count++) output.write('stdout', chunk);
  expect(output.restMs).toBe(0);
  output.write('stdout', chunk);
  output.write('stdout', chunk);
  const rest = output.restMs;
  expect(rest).toBeGreaterThan(cost / READ.perMs);
  expect(rest).toBeLessThan((2 * cost) / READ.perMs);
  clock.now += rest + 1;
  output.write('stdout', Buffer.from('\n'));
  expect(output.restMs).toBe(0);
});
