import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installation, startInstallation } from './harness/installation.ts';
import { type Laptop, makeLaptop } from './harness/laptop.ts';
import type { Outcome, RunOptions } from './harness/run.ts';

/** People who have the official CLI and git on a computer of their own, and nothing but a network to the platform. */

const FILES = {
  'package.json': JSON.stringify({ name: 'afar', version: '1.0.0' }),
  Procfile: 'web: node web.js\n',
  'web.js': `require('node:http').createServer((request, response) => response.end('from afar')).listen(process.env.PORT);
require('node:net').createServer((socket) => socket.end('behind the loopback')).listen(9229, '127.0.0.1');
`,
};
const DOMAIN = 'apps.test';
const EMAIL = `bia@${DOMAIN}`;

let laptop: Laptop;
let platform: Installation;
let folder: string;

beforeAll(async () => {
  laptop = await makeLaptop([DOMAIN, `afar.${DOMAIN}`]);
  platform = await startInstallation({
    JANGADA_BIND: '0.0.0.0',
    JANGADA_HOST: laptop.server,
    JANGADA_DOMAIN: DOMAIN,
    JANGADA_SKIP_EXAMPLE: '1',
  });
  folder = join(laptop.home, 'afar');
  await mkdir(folder);
  for (const [name, content] of Object.entries(FILES)) await writeFile(join(folder, name), content);
});
afterAll(async () => {
  await laptop?.remove();
  await platform?.remove();
});

const within = (command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> =>
  laptop.run(command, args, { cwd: folder, ...options });
const heroku = (...args: string[]): Promise<Outcome> => within('heroku', args);

/** Status and body, as the laptop sees them. */
async function get(url: string): Promise<string> {
  const program = `fetch(process.argv[1]).then(async (answer) => console.log(answer.status, await answer.text()))`;
  return (await within(process.execPath, ['-e', program, url])).output.trim();
}

test('with the script of the operator and an account, a person logs in, pushes, and finds the app at its URL', async () => {
  const made = await platform.jangada(['accounts:create', EMAIL]);
  const password = /Password {2}(\S+)/.exec(made.stdout)![1]!;
  const script = await platform.jangada(['client']);
  expect(script).toMatchObject({ status: 0, stderr: '' });
  expect(script.stdout).not.toContain(platform.account.token);
  expect((await laptop.follow(script.stdout)).status).toBe(0);

  const login = await laptop.type(
    'heroku',
    ['login', '-i'],
    [
      { after: /Email/, type: `${EMAIL}\r` },
      { after: /Password/, type: `${password}\r` },
    ],
  );
  expect(login.output).toContain(`Logged in as ${EMAIL}`);

  const setUp = 'git init -q -b main && git add -A && git commit -q -m First && heroku apps:create afar';
  const created = await within('/bin/sh', ['-c', setUp]);
  expect(created.stdout).toContain(`https://${laptop.server}:${platform.port}/afar.git`);
  const pushed = await within('git', ['push', 'heroku', 'main']);
  expect(pushed.output).toContain('Verifying deploy... done.');
  expect(await get(`http://afar.${DOMAIN}:${platform.httpPort}/`)).toBe('200 from afar');
});

test('one-off dynos, logs and config vars', async () => {
  expect((await heroku('config:set', 'GREETING=hello')).output).toContain('GREETING: hello');
  const [ran, detached, tail, certs] = await Promise.all([
    heroku('run', '-x', '--', 'echo $GREETING you; exit 3'),
    heroku('run:detached', 'echo nobody waits'),
    within('heroku', ['logs', '--tail'], {
      onOutput: (output, kill) => output.includes('app[run.') && kill(),
    }),
    heroku('certs'),
  ]);
  expect(ran).toMatchObject({ status: 3, stdout: expect.stringContaining('hello you') });
  expect(detached.status).toBe(0);
  expect(tail.output).toMatch(/app\[run\.\d+\]: (hello you|nobody waits)/);
  expect(certs.output).toContain('has no SSL certificates');
});

test('into running dynos: ps:exec, ps:copy and ps:forward, over the one port', async () => {
  let answer: Promise<Outcome> | undefined;
  const [command, copied] = await Promise.all([
    heroku('ps:exec', '--', 'echo "$DYNO in $(pwd)"'),
    heroku('ps:copy', 'web.js', '-o', 'copied.js'),
    within('heroku', ['ps:forward', '9229'], {
      onOutput: (output, kill) => {
        if (answer || !output.includes('stop port forwarding')) return;
        answer = within('bash', ['-c', 'cat </dev/tcp/127.0.0.1/9229']).finally(() => kill('SIGKILL'));
      },
    }),
  ]);
  expect(command.stdout).toBe('web.1 in /app\r\n');
  expect(copied.status).toBe(0);
  expect(await readFile(join(folder, 'copied.js'), 'utf8')).toBe(FILES['web.js']);
  expect((await answer)?.output).toBe('behind the loopback');
});

test('commands that ask hosts of Heroku are answered by the platform', async () => {
  expect((await heroku('ps:type', 'web=performance-m')).status).toBe(0);
  const [enabled, errors, search] = await Promise.all([
    heroku('ps:autoscale:enable', '--min', '1', '--max', '2', '--p95', '500'),
    heroku('apps:errors'),
    heroku('buildpacks:search', 'node'),
  ]);
  expect(enabled.output).toContain('Enabling dyno autoscaling... done');
  expect(errors.output).toContain('No errors on afar');
  expect(search.output).toMatch(/buildpacks? found/);
});

test('the platform answers by its domain, too, on whatever address of the machine', async () => {
  const script = await platform.jangada(['client', DOMAIN]);
  const other = await makeLaptop([DOMAIN]);
  try {
    await other.follow(script.stdout);
    const whoami = await other.run('env', [`HEROKU_API_KEY=${platform.account.token}`, 'heroku', 'auth:whoami']);
    expect(whoami.stdout.trim()).toBe(platform.account.email);
  } finally {
    await other.remove();
  }
});

test('plain HTTP from another computer is refused, except for the question whether the platform is well', async () => {
  const api = `http://${laptop.server}:${platform.port}`;
  expect(await get(`${api}/apps`)).toMatch(/^403 .*"id":"tls_required"/);
  expect(await get(`${api}/afar.git/info/refs?service=git-receive-pack`)).toMatch(/^403 .*"id":"tls_required"/);
  expect(await get(`${api}/health`)).toMatch(/^200 /);
});

test('a host that the certificate does not name, another CA and a missing one are told apart', async () => {
  const unnamed = await platform.jangada(['client', 'paas.test']);
  expect(unnamed.status).toBe(1);
  expect(unnamed.stderr).toContain('not good for paas.test. Start it with JANGADA_HOST=paas.test bin/jangada up');

  const ca = /sslcainfo=(.+)/i.exec((await within('git', ['config', '--list'])).stdout)![1]!;
  const kept = join(dirname(ca), 'kept.pem');
  await rename(ca, kept);
  try {
    const missing = await heroku('apps');
    expect(missing).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('bin/jangada client') });
    const bundle = await readFile('/etc/ssl/certs/ca-certificates.crt', 'utf8');
    await writeFile(ca, bundle.slice(0, bundle.indexOf('-----END CERTIFICATE-----') + 26));
    const [asked, pushed] = await Promise.all([heroku('apps'), within('git', ['push', 'heroku', 'main'])]);
    expect(asked.status).not.toBe(0);
    expect(asked.output).toContain('unable to verify the first certificate');
    expect(pushed.output).toContain('certificate verification failed');
  } finally {
    await rename(kept, ca);
  }
  expect((await heroku('apps')).stdout).toContain('afar');
});

test('accounts:reset makes old logins void at once, and bin/jangada goes on with the new token of its own account', async () => {
  const whoami = async (token: string): Promise<Outcome> =>
    within('env', [`HEROKU_API_KEY=${token}`, 'heroku', 'auth:whoami']);
  const { stdout } = await platform.jangada(['accounts:reset', EMAIL]);
  const token = /Token {5}(\S+)/.exec(stdout)![1]!;
  expect((await heroku('apps')).status).not.toBe(0);
  expect((await whoami(token)).stdout.trim()).toBe(EMAIL);

  const own = await platform.jangada(['accounts:reset', platform.account.email]);
  expect(own.status).toBe(0);
  expect((await whoami(platform.account.token)).status).not.toBe(0);
  const asItself = await platform.jangada(['heroku', 'auth:whoami']);
  expect(asItself.stdout.trim()).toBe(platform.account.email);
});
