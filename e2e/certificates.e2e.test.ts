import { request } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppUnderTest, createApp, eventually } from './harness/app-under-test.ts';
import { runOk } from './harness/run.ts';
import { sampleApp } from './harness/sample-app.ts';
import { sharedInstallation } from './harness/shared-installation.ts';

let app: AppUnderTest;

beforeAll(async () => {
  app = await createApp(await sharedInstallation(), 'secure', sampleApp('one'));
  await app.pushOk();
});
afterAll(() => app?.destroy());

/** What the router answers for a name over TLS, with the names of the certificate that it shows. */
function overTls(name: string): Promise<{ status: number; names: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: app.platform.httpsPort, servername: name, headers: { host: name } };
    const asking = request({ ...options, agent: false, rejectUnauthorized: false }, (response) => {
      const { subjectaltname = '' } = (response.socket as TLSSocket).getPeerCertificate();
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0, names: subjectaltname }));
    });
    asking.on('error', reject);
    asking.end();
  });
}

test('a certificate of one’s own serves a custom domain, and its removal falls back to the platform’s', async () => {
  const { platform } = app;
  const hostname = `${app.name}.example.com`;
  const [crt, key] = [join(platform.home, `${app.name}.crt`), join(platform.home, `${app.name}.key`)];
  const subject = ['-subj', `/CN=${hostname}`, '-addext', `subjectAltName=DNS:${hostname}`];
  const fresh = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '90'];
  await runOk('openssl', [...fresh, ...subject, '-keyout', key, '-out', crt]);

  const heroku = async (...args: string[]): Promise<string> => {
    const outcome = await platform.heroku([...args, '-a', app.name]);
    expect(outcome.status, outcome.output).toBe(0);
    return outcome.stdout;
  };
  expect(await heroku('certs:add', crt, key)).toContain(hostname);
  await heroku('domains:add', hostname);
  const own = await eventually(async () => {
    const answer = await overTls(hostname);
    return answer.names.includes(hostname) && answer.status === 200 ? answer : null;
  }, 'the certificate');
  expect(own).toEqual({ status: 200, names: `DNS:${hostname}` });
  expect((await overTls(`${app.name}.localhost`)).names).not.toContain(hostname);

  await heroku('certs:remove', '--confirm', app.name);
  const fallen = await eventually(async () => {
    const answer = await overTls(hostname);
    return answer.names.includes(hostname) ? null : answer;
  }, "the platform's own certificate");
  expect(fallen.status).toBe(200);
});
