import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '@jangada/conformance/free-port';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppUnderTest, createApp, eventually } from './harness/app-under-test.ts';
import { runOnTerminal } from './harness/run.ts';
import { sharedInstallation } from './harness/shared-installation.ts';

const FILES = {
  'package.json': JSON.stringify({ name: 'inside', version: '1.0.0' }),
  Procfile: 'web: node web.js\ngreet: echo hello from\n',
  'web.js': `const http = require('node:http');
http.createServer((request, response) => response.end('web')).listen(process.env.PORT);
// What only somebody inside the dyno reaches.
require('node:net').createServer((socket) => socket.end('behind the loopback')).listen(9229, '127.0.0.1');
`,
};

let app: AppUnderTest;

beforeAll(async () => {
  app = await createApp(await sharedInstallation(), 'inside', FILES);
  await app.pushOk();
  await app.platform.fetchApp(app.name);
});
afterAll(() => app?.destroy());

/** Command lines of the processes in the web dyno. */
async function processes(): Promise<string> {
  const { stdout } = await app.copy.heroku(['run:inside', 'web.1', '--', 'ps -eo args']);
  return stdout;
}

test('ps:exec runs a command and a shell in the dyno, ps:copy brings a file out of it', async () => {
  const [command, shell, copied] = await Promise.all([
    app.copy.heroku(['ps:exec', '--', 'echo "$DYNO in $(pwd), of $(stat -c %U .)"; test -t 0 && id -un']),
    runOnTerminal('heroku', ['ps:exec', '-a', app.name], {
      env: app.platform.person,
      typed: [
        { after: /\$ $/, type: 'echo $((6 * 7)) > answer\n' },
        { after: /\$ $/, type: 'exit\n' },
      ],
    }),
    app.copy.heroku(['ps:copy', 'web.js', '-o', 'copied.js']),
  ]);
  expect(command.stdout).toMatch(/^web\.1 in \/app, of (u\d{7}|dyno)\r\n\1\r\n$/);
  expect(shell.status).toBe(0);
  expect(copied.status).toBe(0);
  expect(await readFile(join(app.copy.folder, 'copied.js'), 'utf8')).toBe(FILES['web.js']);
  const { stdout } = await app.copy.heroku(['run:inside', 'web.1', '--', 'cat answer']);
  expect(stdout.trim()).toBe('42');
  expect(await app.logs()).toContain(`app[api]: Enter web.1 by user ${app.platform.account.email}`);
});

test('ps:forward leads to a port that listens on the loopback of the dyno only', async () => {
  const port = await freePort();
  const forward = spawn('heroku', ['ps:forward', `${port}:9229`], {
    cwd: app.copy.folder,
    env: app.platform.person,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    let said = '';
    forward.stdout.on('data', (chunk) => {
      said += chunk;
    });
    forward.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await eventually(async () => (said.includes('stop port forwarding') ? true : null), 'ps:forward');
    expect(await text(connect(port!, '127.0.0.1'))).toBe('behind the loopback');
  } finally {
    forward.kill('SIGKILL');
    await once(forward, 'close');
  }
});

test('run:inside passes on the exit status and knows the process types; a client that is gone takes its processes along', async () => {
  const [status, type] = await Promise.all([
    app.copy.heroku(['run:inside', 'web.1', '-x', '--', 'exit 7']),
    app.copy.heroku(['run:inside', 'web.1', '--', 'greet inside']),
  ]);
  expect(status.status).toBe(7);
  expect(type.stdout.trim()).toBe('hello from inside');
  const gone = await app.copy.heroku(['ps:exec', '--', 'echo running; sleep 4321 & sleep 1234'], {
    onOutput: (output, kill) => output.includes('running') && kill(),
  });
  expect(gone.output).toContain('running');
  const left = await eventually(
    async () => ((await processes()).includes('sleep') ? null : processes()),
    'sleeps to end',
  );
  expect(left).toContain('node web.js');
});

test('ps:autoscale reaches the API through bin/jangada heroku, and through the heroku of jangada env', async () => {
  await app.api('PATCH', '/formation', { updates: [{ type: 'web', size: 'performance-m' }] });
  const monitors = (): Promise<unknown> => app.api('GET', '/formation/web/monitors');
  const enabled = await app.platform.jangada(
    ['heroku', 'ps:autoscale:enable', '-a', app.name, '--min', '1', '--max', '3', '--p95', '500'],
    { env: app.platform.person },
  );
  expect(enabled.output).toContain('Enabling dyno autoscaling... done');
  expect(await monitors()).toMatchObject([{ is_active: true, min_quantity: 1, max_quantity: 3, value: 500 }]);
  const disabled = await app.copy.heroku(['ps:autoscale:disable']);
  expect(disabled.output).toContain('Disabling dyno autoscaling... done');
  expect(await monitors()).toMatchObject([{ is_active: false }]);
});
