import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Installation } from './harness/installation.ts';
import { runOnTerminal } from './harness/run.ts';
import { sampleApp, type WorkingCopy, workingCopy } from './harness/sample-app.ts';
import { sharedInstallation } from './harness/shared-installation.ts';

/** One person's first day, with the official CLI and git. The steps build on each other. */
describe('from an empty folder to a URL, with the official CLI', () => {
  const app = `story-${Date.now().toString(36)}`;
  let platform: Installation;
  let copy: WorkingCopy;

  beforeAll(async () => {
    platform = await sharedInstallation();
    copy = await workingCopy(platform, sampleApp('one'));
  });
  afterAll(async () => {
    await copy?.remove();
  });

  const heroku = async (...args: string[]): Promise<string> => {
    const outcome = await copy.heroku(args);
    expect(outcome.status, outcome.output).toBe(0);
    return outcome.output;
  };
  const page = async (): Promise<{ version: string; dyno: string; greeting: string | null; boot: string }> => {
    const response = await platform.fetchApp(app);
    expect(response.status).toBe(200);
    return (await response.json()) as never;
  };

  test('login -i asks for e-mail and password and knows who logged in', async () => {
    const { HEROKU_API_KEY: _, ...loggedOut } = platform.person;
    const { email, password } = platform.account;
    const login = await runOnTerminal('heroku', ['login', '-i'], {
      env: loggedOut,
      typed: [
        { after: /Email/, type: `${email}\r` },
        { after: /Password/, type: `${password}\r` },
      ],
    });
    expect(login.output).toContain(`Logged in as ${email}`);
    const whoami = await copy.heroku(['auth:whoami'], { env: loggedOut });
    expect(whoami.stdout.trim()).toBe(email);
  });

  test('apps:create makes an app, a URL and a git remote', async () => {
    const output = await heroku('apps:create', app);
    expect(output).toContain(`http://${app}.localhost:${platform.httpPort}/`);
    const remotes = await copy.git(['remote', '-v']);
    expect(remotes.stdout).toContain(`https://127.0.0.1:${platform.port}/${app}.git`);
  });

  test('an app without code shows a page that says so', async () => {
    const response = await platform.fetchApp(app);
    expect(response.status).toBe(503);
    expect(await response.text()).toMatch(/nothing here/i);
  });

  test('git push heroku main builds, releases and shows it', async () => {
    const push = await copy.push();
    expect(push.status, push.output).toBe(0);
    const remote = push.stderr.replaceAll(/^remote: ?/gm, '').replaceAll(/[ \t]+$/gm, '');
    const expected = [
      '-----> Building on the Heroku-24 stack',
      '-----> Determining which buildpack to use for this app',
      '-----> Node.js app detected',
      '-----> Build succeeded!',
      '-----> Discovering process types',
      '       Procfile declares types -> clock, task, web, worker',
      '-----> Compressing...',
      '-----> Launching...',
      '       Released v3',
      `       http://${app}.localhost:${platform.httpPort}/ deployed to Heroku`,
      'Verifying deploy... done.',
    ];
    let from = 0;
    for (const line of expected) {
      const at = remote.indexOf(line, from);
      expect(at, `"${line}" after byte ${from} of:\n${remote}`).toBeGreaterThanOrEqual(0);
      from = at;
    }
    expect(push.stderr).toMatch(/\* \[new branch\] +main -> main/);
  });

  test('the URL answers, and the first request waits for the dyno instead of failing', async () => {
    expect(await page()).toMatchObject({ version: 'one', dyno: 'web.1', greeting: null });
  });

  test('config:set makes a release and restarts', async () => {
    expect(await heroku('config:set', 'GREETING=olá mundo')).toMatch(/GREETING[\s\S]*v4/);
    await expect.poll(async () => (await page()).greeting).toBe('olá mundo');
    expect(await heroku('config:get', 'GREETING')).toBe('olá mundo\n');
  });

  test('ps shows the dyno; ps:scale changes the formation; ps:restart gives new processes', async () => {
    expect(await heroku('ps')).toMatch(/web \(Basic\): node web\.js[\s\S]*web\.1: up/);
    expect(await heroku('ps:scale', 'web=2', 'worker=1', 'clock=1')).toMatch(/web at 2:Basic[\s\S]*worker at 1:Basic/);
    await expect.poll(() => heroku('ps')).toMatch(/web\.2: up[\s\S]*worker\.1: up/);
    const seen = new Set<string>();
    // Not too often: every answer writes two lines, and the next test reads the newest 1,500.
    await expect.poll(async () => seen.add((await page()).dyno).size, { interval: 100 }).toBe(2);

    const before = new Set<string>();
    while (before.size < 2) before.add((await page()).boot);
    await heroku('ps:restart');
    const after = new Set<string>();
    await expect
      .poll(async () => [...after.add((await page()).boot)].filter((boot) => !before.has(boot)).length, {
        interval: 100,
      })
      .toBe(2);
  });

  test('logs are one ordered stream of app, router, dynos and API', async () => {
    await page();
    await expect.poll(() => heroku('logs', '-n', '500')).toMatch(/heroku\[router\]: at=info method=GET path="\/"/);
    const lines = (await heroku('logs', '-n', '1500')).trim().split('\n');
    const order = [
      /app\[api\]: Release v1 created by user/,
      /app\[api\]: Build started by user/,
      /app\[api\]: Deploy [0-9a-f]{8} by user/,
      /app\[api\]: Build succeeded/,
      /heroku\[web\.1\]: Starting process with command `node web\.js`/,
      /app\[web\.1\]: listening on \d+/,
      /heroku\[web\.1\]: State changed from starting to up/,
      /app\[web\.1\]: request \//,
      /app\[api\]: Set GREETING config vars by user/,
      /app\[api\]: Scaled? to .*web[@=]2/,
      /app\[worker\.1\]: worker beat 0/,
    ];
    expect(lines.some((line) => / app\[clock\.1\]: clock beat 0$/.test(line))).toBe(true);
    let from = 0;
    for (const pattern of order) {
      const at = lines.findIndex((line, index) => index >= from && pattern.test(line));
      expect(at, `${pattern} after line ${from} of:\n${lines.join('\n')}`).toBeGreaterThanOrEqual(0);
      from = at;
    }
    expect(
      lines.every((line) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00 (app|heroku)\[[\w.-]+\]: /.test(line)),
    ).toBe(true);
    const worker = await heroku('logs', '--process-type', 'worker', '-n', '20').catch(() =>
      heroku('logs', '-d', 'worker.1', '-n', '20'),
    );
    expect(
      worker
        .split('\n')
        .filter(Boolean)
        .every((line) => line.includes('[worker.')),
    ).toBe(true);
  });

  test('logs --tail goes on as lines come', async () => {
    const marker = `/tail-${Date.now()}`;
    const tail = copy.heroku(['logs', '--tail', '-n', '1'], {
      onOutput: (output, kill) => {
        if (output.includes(`path="${marker}"`) && output.includes(`request ${marker}`)) kill();
      },
    });
    const knocking = setInterval(() => void platform.fetchApp(app, marker).catch(() => undefined), 500);
    const outcome = await tail.finally(() => clearInterval(knocking));
    expect(outcome.output).toContain(`request ${marker}`);
    expect(outcome.output).toMatch(new RegExp(`heroku\\[router\\]: .*path="${marker}"`));
  });

  test('run echo hi prints hi, and exit codes come back', async () => {
    const echo = await copy.heroku(['run', 'echo', 'hi']);
    expect(echo.status, echo.output).toBe(0);
    expect(echo.stdout).toContain('hi');
    expect(echo.stderr).toMatch(/run\.\d{4}/);
    expect((await copy.heroku(['run', '--exit-code', 'exit 3'])).status).toBe(3);
    expect((await copy.heroku(['run', 'task', 'arguments'])).stdout).toContain('task ran with arguments');
  });

  test('run bash is interactive, has a terminal, and ends with the exit code of the shell', async () => {
    const session = await runOnTerminal('heroku', ['run', 'bash', '-a', app], {
      env: platform.person,
      cwd: copy.folder,
      typed: [
        { after: /[$#] $/, type: 'tty && echo "I am $DYNO"\r' },
        { after: /I am run\.\d{4}/, type: 'exit 42\r' },
      ],
    });
    expect(session.output).toContain('/dev/pts/');
    expect(session.output).toMatch(/I am run\.\d{4}/);
    expect(session.status).toBe(42);
  });

  test('run:detached writes to the log', async () => {
    const output = await heroku('run:detached', 'echo detached hello');
    const name = /run\.\d{4}/.exec(output)?.[0];
    expect(name).toBeDefined();
    await expect.poll(() => heroku('logs', '-n', '200')).toContain(`app[${name}]: detached hello`);
    await expect.poll(() => heroku('ps')).not.toContain(name);
  });

  test('a second push replaces the code', async () => {
    await copy.commit(sampleApp('two'), 'Second version');
    const push = await copy.push();
    expect(push.status, push.output).toBe(0);
    await expect.poll(async () => (await page()).version).toBe('two');
  });

  test('releases lists the ledger, and releases:rollback brings code and config back', async () => {
    const releases = await heroku('releases');
    expect(releases).toMatch(/v5 +Deploy [0-9a-f]{8}/);
    expect(releases).toMatch(/v4 +Set GREETING config vars/);
    expect(releases).toMatch(/v3 +Deploy [0-9a-f]{8}/);
    expect(await heroku('releases:rollback', 'v3')).toMatch(/v6/);
    await expect.poll(page).toMatchObject({ version: 'one', greeting: null });
    expect(await heroku('releases')).toMatch(/v6 +Rollback to v3/);
  });

  test('maintenance:on shows the maintenance page, maintenance:off ends it', async () => {
    await heroku('maintenance:on');
    await expect.poll(async () => (await platform.fetchApp(app)).status).toBe(503);
    expect(await (await platform.fetchApp(app)).text()).toMatch(/maintenance/i);
    await heroku('maintenance:off');
    await expect.poll(async () => (await platform.fetchApp(app)).status).toBe(200);
  });

  test('apps:destroy takes everything away', async () => {
    await heroku('apps:destroy', '--app', app, '--confirm', app);
    expect((await platform.api('GET', `/apps/${app}`)).status).toBe(404);
    await expect.poll(async () => (await platform.fetchApp(app)).status).toBe(404);
  });
});
