import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppUnderTest, createApp, eventually } from './harness/app-under-test.ts';
import { sharedInstallation } from './harness/shared-installation.ts';

const FILES = {
  'package.json': JSON.stringify({ name: 'policies', version: '1.0.0' }),
  Procfile: 'web: node web.js\nworker: node hog.js 600\nhog: node hog.js 4000\n',
  'web.js': `const { createServer } = require('node:http');
const boot = String(Math.random());
const server = createServer((request, response) => {
  response.statusCode = request.url === '/healthz' && process.env.HEALTHY !== 'yes' ? 503 : 200;
  response.end(boot);
});
if (process.env.DEAF) setInterval(() => undefined, 1000);
else server.listen(process.env.PORT);
`,
  'hog.js': `const kept = [];
const take = () => {
  for (let count = 0; count < 10 && kept.length < Number(process.argv[2]) / 10; count++) kept.push(Buffer.alloc(10 * 1024 * 1024, 1));
  setTimeout(take, 10);
};
take();
`,
};

let app: AppUnderTest;
/** One-off dynos of the last test; what happens to them takes half a minute. */
let lost: string;
let awaited: string;

beforeAll(async () => {
  app = await createApp(await sharedInstallation(), 'policy', FILES);
  await app.api('PATCH', '/config-vars', { JANGADA_SLEEP_AFTER: '0.1' });
  await app.pushOk();
  await scale('worker', 1);
  lost = await attachAndVanish();
  awaited = (await oneOff('echo here')).name;
});
afterAll(() => app?.destroy());

const scale = (type: string, quantity: number): Promise<unknown> =>
  app.api('PATCH', '/formation', { updates: [{ type, quantity }] });

const oneOff = (command: string): Promise<{ readonly name: string; readonly attach_url: string }> =>
  app.api('POST', '/dynos', { command, attach: true, env: { TERM: 'xterm' } });

/** A one-off that ignores SIGHUP, and whose client goes as soon as it has seen it run. Returns its name. */
async function attachAndVanish(): Promise<string> {
  const { name, attach_url } = await oneOff("trap '' HUP; echo deaf; sleep 300; sleep 300");
  const { hostname, port, pathname } = new URL(attach_url.replace('rendezvous:', 'https:'));
  const ca = readFileSync(app.platform.person['NODE_EXTRA_CA_CERTS']!);
  const client = connect({ host: hostname, port: Number(port), servername: hostname, ca });
  client.on('error', () => undefined);
  await once(client, 'secureConnect');
  client.write(`${pathname.slice(1)}\r\n`);
  let seen = '';
  for await (const chunk of client) {
    seen += String(chunk);
    if (seen.includes('deaf')) break;
  }
  expect(seen).toContain('deaf');
  client.destroy();
  return name;
}

interface Answer {
  readonly status: number;
  /** Tells one boot of the web dyno from another. */
  readonly boot: string;
}

async function get(): Promise<Answer> {
  const response = await app.platform.fetchApp(app.name);
  return { status: response.status, boot: await response.text() };
}

const logged = (text: string): Promise<true> =>
  eventually(async () => ((await app.logs()).includes(text) ? true : null), text);

async function idle(): Promise<void> {
  await eventually(async () => {
    const dynos = await app.api<{ type: string; state: string }[]>('GET', '/dynos');
    return dynos.some((dyno) => dyno.type === 'web' && dyno.state === 'idle') ? true : null;
  }, 'the web dyno to sleep');
}

test('an idle app is frozen, later stopped, and a request wakes it from both', async () => {
  const first = await get();
  expect(first.status).toBe(200);
  await idle();
  await logged('Idling');
  // Nothing tells when the engine has frozen it; a wake before that is as good, only another path.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const thawed = await get();
  expect(thawed).toMatchObject({ status: 200, boot: first.boot });
  await logged('Stopping process with SIGTERM');
  await logged('Process exited with status 143');
  const restarted = await get();
  expect(restarted.status).toBe(200);
  expect(restarted.boot).not.toBe(first.boot);
  await logged('Unidling');
});

test('a dyno that misses the boot time-out or its health check is R10, and the old one goes on serving', async () => {
  const settings = { JANGADA_SLEEP_AFTER: null, JANGADA_BOOT_TIMEOUT: '10' };
  await app.api('PATCH', '/config-vars', settings);
  await get();
  await app.api('PATCH', '/config-vars', { DEAF: '1' });
  await logged('Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 10 seconds of launch');
  const { boot } = await get();
  await app.api('PATCH', '/config-vars', { DEAF: null, JANGADA_HEALTH_CHECK_PATH: '/healthz' });
  await logged('Web process failed to answer GET /healthz with 2xx or 3xx within 10 seconds of launch');
  expect(await get()).toMatchObject({ status: 200, boot });
  await app.api('PATCH', '/config-vars', { HEALTHY: 'yes' });
  await eventually(async () => ((await get()).boot === boot ? null : true), 'the healthy release');
});

test('memory above the quota is R14, and the kill far above it R15', async () => {
  await scale('hog', 1);
  await logged('heroku[hog.1]: Error R15 (Memory quota vastly exceeded)');
  await scale('hog', 0);
  await logged('heroku[worker.1]: Error R14 (Memory quota exceeded)');
  expect(await app.logs()).toMatch(/heroku\[worker\.1\]: Process running mem=\d+M\(1\d\d\.\d%\)/);
});

test('a one-off that outlives its terminal is R16 and ended; one whose client never comes is R13', async () => {
  await logged(`heroku[${lost}]: Error R16 (Detached) -> An attached process is not responding to SIGHUP`);
  await logged(`heroku[${awaited}]: Error R13 (Attach error) -> Failed to attach to process`);
  await eventually(async () => {
    const dynos = await app.api<{ name: string }[]>('GET', '/dynos');
    return dynos.some(({ name }) => name === lost || name === awaited) ? null : true;
  }, 'both to be gone');
  expect(await app.logs()).not.toContain(`heroku[${awaited}]: State changed from starting to up`);
});
