import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppUnderTest, createApp } from './harness/app-under-test.ts';
import type { Installation } from './harness/installation.ts';
import { run } from './harness/run.ts';
import { sampleApp, workingCopy } from './harness/sample-app.ts';
import { sharedInstallation } from './harness/shared-installation.ts';

let platform: Installation;

beforeAll(async () => {
  platform = await sharedInstallation();
});

describe('the API', () => {
  const body = async (response: Response): Promise<unknown> => ({
    status: response.status,
    ...((await response.json()) as object),
  });

  test('says that an app is unknown', async () => {
    expect(await body(await platform.api('GET', '/apps/no-such-app'))).toMatchObject({
      status: 404,
      id: 'not_found',
      resource: 'app',
    });
  });

  test('refuses a bad name with the rule', async () => {
    for (const name of ['A', '-x-y', 'UPPER-case', 'a'.repeat(31), 'with space', '../etc', 'ends-']) {
      const answer = (await body(await platform.api('POST', '/apps', { name }))) as {
        status: number;
        id: string;
        message: string;
      };
      expect(answer, name).toMatchObject({ status: 422, id: 'invalid_params' });
      expect(answer.message.length).toBeGreaterThan(10);
    }
  });

  test('refuses a wrong token and no token', async () => {
    const url = `http://127.0.0.1:${platform.port}/account`;
    for (const headers of [{}, { authorization: 'Bearer nonsense' }]) {
      const response = await fetch(url, {
        headers: { accept: 'application/vnd.heroku+json; version=3', ...(headers as object) },
      });
      expect(await body(response)).toMatchObject({ status: 401, id: 'unauthorized' });
    }
  });

  test('refuses a malformed body', async () => {
    const response = await fetch(`http://127.0.0.1:${platform.port}/apps`, {
      method: 'POST',
      headers: { authorization: `Bearer ${platform.account.token}`, 'content-type': 'application/json' },
      body: '{"name": ',
    });
    expect(await body(response)).toMatchObject({ status: 400, id: 'bad_request' });
  });

  test('survives bytes that are not HTTP on its port', async () => {
    const { connect } = await import('node:net');
    for (const bytes of ['\0\0\0\0', '\x16\x03nonsense', 'GET / HTTP/9.9\r\n\r\n']) {
      await new Promise<void>((resolve) => {
        const socket = connect(platform.port, '127.0.0.1', () => socket.end(bytes));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve());
        socket.resume();
      });
    }
    expect((await platform.api('GET', '/account')).status).toBe(200);
  });
});

describe('the CLI', () => {
  test('shows the message of an error and fails', async () => {
    const info = await platform.heroku(['apps:info', '-a', 'no-such-app']);
    expect(info.status).not.toBe(0);
    expect(info.output).toContain("Couldn't find that app.");
  });
});

describe('a push', () => {
  let app: AppUnderTest;

  beforeAll(async () => {
    app = await createApp(platform, 'bad', { 'notes.txt': 'nothing to detect here\n' });
  });
  afterAll(() => app?.destroy());

  const rejected = async (): Promise<string> => {
    const push = await app.copy.push();
    expect(push.status, push.output).toBe(1);
    expect(push.output).toMatch(/! \[remote rejected\] main -> main \(pre-receive hook declined\)/);
    return push.output;
  };

  test('without Procfile and without a language is rejected as Heroku does', async () => {
    const output = await rejected();
    expect(output).toContain('No default language could be detected for this app.');
    expect(output).toContain('Push failed');
    expect(output).toContain(`Push rejected to ${app.name}.`);
  });

  test('with a broken package.json is rejected and says which file', async () => {
    await app.copy.commit({ 'package.json': '{"name": ' });
    expect(await rejected()).toMatch(/package\.json/);
  });

  test('that cannot install its dependencies is rejected with the output of npm', async () => {
    const manifest = { name: 'x', version: '1.0.0', dependencies: { 'jangada-has-no-such-package': '1.0.0' } };
    await app.copy.commit({ 'package.json': JSON.stringify(manifest) });
    expect(await rejected()).toMatch(/Push rejected, failed to compile Node\.js app/);
  });

  test('that was rejected leaves no release, and the repository without the commit', async () => {
    const releases = await app.api<{ version: number }[]>('GET', '/releases');
    expect(Math.max(...releases.map((release) => release.version))).toBe(2);
    const refs = await app.copy.git(['ls-remote', 'heroku']);
    expect(refs.stdout.trim()).toBe('');
  });

  test('to another branch is stored and says that it does not deploy', async () => {
    const push = await app.copy.push('heroku', 'main:feature');
    expect(push.status, push.output).toBe(0);
    expect(push.output).toMatch(/skipping build/);
  });

  test('of nothing, of a deletion and of the same code again says so', async () => {
    await app.copy.commit(sampleApp('one'));
    await app.pushOk();
    expect((await app.copy.push()).output).toContain('Everything up-to-date');
    const deletion = await app.copy.push('heroku', ':main');
    expect(deletion.status).toBe(1);
    await app.copy.git(['push', 'heroku', 'main:feature', '--force']);
    const again = await app.copy.push('heroku', 'main:master');
    expect(again.output).toContain('The same version of this code has already been built');
  });

  test('with a wrong token or to an unknown app is refused', async () => {
    const { GIT_CONFIG_GLOBAL: _, ...env } = platform.person;
    const anonymous = { ...env, HOME: '/nonexistent', GIT_ASKPASS: '/bin/true' };
    const url = (user: string, name: string): string => `https://${user}@127.0.0.1:${platform.port}/${name}.git`;
    const wrong = await run('git', ['ls-remote', url('heroku:wrong', app.name)], { env: anonymous });
    expect(wrong.status).not.toBe(0);
    expect(wrong.output).toMatch(/Authentication failed|401/);
    const unknown = await run('git', ['ls-remote', url(`heroku:${platform.account.token}`, 'no-such-app')], {
      env: anonymous,
    });
    expect(unknown.output).toContain('No such app as no-such-app.');
  });

  test('with a token that may only read is refused', async () => {
    const created = await platform.api('POST', '/oauth/authorizations', { description: 'read only', scope: ['read'] });
    const { access_token } = (await created.json()) as { access_token: { token: string } };
    const url = `https://heroku:${access_token.token}@127.0.0.1:${platform.port}/${app.name}.git`;
    expect((await app.copy.git(['ls-remote', url])).status).toBe(0);
    await app.copy.commit({ 'more.txt': 'more' });
    const push = await app.copy.git(['push', url, 'main']);
    expect(push.status, push.output).not.toBe(0);
  });

  test('of an empty repository says that there is nothing', async () => {
    const empty = await workingCopy(platform, {});
    await empty.git(['update-ref', '-d', 'HEAD']);
    await empty.git(['remote', 'add', 'heroku', `https://127.0.0.1:${platform.port}/${app.name}.git`]);
    expect((await empty.push()).output).toMatch(/src refspec main does not match any/);
    await empty.remove();
  });

  test('scaling a process type that the Procfile does not have is refused', async () => {
    const scale = await app.copy.heroku(['ps:scale', 'nonsense=1']);
    expect(scale.status).not.toBe(0);
    expect(scale.output).toContain("Couldn't find that process type (nonsense).");
  });
});
