import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppUnderTest, createApp } from './harness/app-under-test.ts';
import { sampleApp } from './harness/sample-app.ts';
import { sharedInstallation } from './harness/shared-installation.ts';

/** An app that tries to take the whole machine, a way of doing so in each process type. */
const HOSTILE = {
  'package.json': JSON.stringify({ name: 'hostile', version: '1.0.0' }),
  Procfile: `bomb: perl -e 'for (;;) { my $child = fork; if (!defined $child) { $told++ or print "no more forks\\n"; $| = 1 } }'
hog: perl -e 'my $hog = "x" x (4 * 1024 ** 3)'
filler: fallocate -l 3800M /app/most; while :; do head -c 2G /dev/zero > /app/rest || echo the disk is full; rm /app/rest; done
flood: yes "$(head -c 200 /dev/zero | tr '\\0' x)"
`,
};

let neighbour: AppUnderTest;
let hostile: AppUnderTest;

beforeAll(async () => {
  const platform = await sharedInstallation();
  neighbour = await createApp(platform, 'neighbour', sampleApp('one'));
  hostile = await createApp(platform, 'hostile', HOSTILE);
  await Promise.all([neighbour.pushOk(), hostile.pushOk()]);
});
afterAll(async () => {
  await hostile?.destroy();
  await neighbour?.destroy();
});

interface Speed {
  /** Median and 95th percentile in milliseconds. */
  readonly median: number;
  readonly p95: number;
}

/** Asks one after the other, for a while. Every answer must be a good one. */
async function speedOf(ask: () => Promise<Response>, forMs: number): Promise<Speed> {
  const times: number[] = [];
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    const begun = performance.now();
    const answer = await ask();
    await answer.arrayBuffer();
    expect(answer.status).toBe(200);
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  const at = (part: number): number => times[Math.floor(times.length * part)]!;
  return { median: at(0.5), p95: at(0.95) };
}

async function speeds(forMs: number): Promise<{ readonly app: Speed; readonly api: Speed }> {
  const app = await speedOf(() => neighbour.platform.fetchApp(neighbour.name), forMs);
  const api = await speedOf(() => neighbour.platform.api('GET', `/apps/${neighbour.name}/dynos`), forMs);
  return { app, api };
}

test('a fork bomb, a memory hog, a disk filler and a log flood leave the neighbours and the API at speed', async () => {
  await speeds(500);
  const quiet = await speeds(3_000);
  const told = await Promise.all([
    follow('bomb.1', 'no more forks'),
    follow('hog.1', 'Error R15 (Memory quota vastly exceeded)'),
    follow('filler.1', 'the disk is full'),
    follow('logplex', 'Error L10 (output buffer overflow)'),
  ]);
  const types = ['bomb', 'hog', 'filler', 'flood'];
  await hostile.api('PATCH', '/formation', { updates: types.map((type) => ({ type, quantity: 1 })) });
  const [forksRefused] = told;
  await forksRefused!();
  const attacked = await speeds(3_000);
  // Each wall was reached.
  await Promise.all(told.map((wait) => wait()));
  const seen = JSON.stringify({ quiet, attacked });
  for (const [what, before] of Object.entries(quiet) as ['app' | 'api', Speed][]) {
    expect(attacked[what].median / before.median, `${what}, median: ${seen}`).toBeLessThan(5);
    expect(attacked[what].p95 / before.p95, `${what}, p95: ${seen}`).toBeLessThan(15);
  }
});

/** The hog fills 2.5 GB while the others take what they can: a minute and a half where memory is slow to be had. */
const LONGEST_MS = 150_000;

/** Follows the lines of one dyno: those of the whole app are full of the flood. Its answer waits for the text. */
async function follow(dyno: string, text: string): Promise<() => Promise<void>> {
  const session = await hostile.api<{ logplex_url: string }>('POST', '/log-sessions', { dyno, tail: true });
  const decoder = new TextDecoder();
  let seen = '';
  const found = (async () => {
    const answer = await fetch(session.logplex_url, { signal: AbortSignal.timeout(LONGEST_MS) });
    for await (const chunk of answer.body!) {
      seen = (seen + decoder.decode(chunk, { stream: true })).slice(-20_000);
      if (seen.includes(text)) return;
    }
    throw new Error('They ended.');
  })().catch((error: unknown) => {
    throw new Error(`"${text}" was not among the lines of ${dyno}: ${error}\n${seen.slice(-2_000)}`);
  });
  found.catch(() => undefined);
  return () => found;
}
