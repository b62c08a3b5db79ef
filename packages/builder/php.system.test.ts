import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@jangada/conformance/free-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { zipOf } from './test-archives.ts';
import { type Files, failureOf, openTestBuilder, type TestBuilder } from './test-builder.ts';
import { serveDownloads, type TestDownloads } from './test-downloads.ts';

const example = fileURLToPath(new URL('../../examples/php-hello', import.meta.url));
/** Starts the web process, waits for it, asks for paths, and stops it. */
const served = (start: string, ...paths: string[]): string =>
  `${start} > /tmp/out 2> /tmp/err & for i in $(seq 1200); do curl -s localhost:5000/ > /dev/null && break; sleep 0.1; done
   ${paths.map((path) => `curl -s -w '%{http_code}\\n' -H 'X-Forwarded-Proto: https' 'localhost:5000${path}'`).join('; ')}
   kill %1; wait %1; echo "ended with $?"; cat /tmp/err`;

let under: TestBuilder;
let repository: TestDownloads;

beforeAll(async () => {
  const port = await freePort();
  under = await openTestBuilder({}, [port]);
  await under.makeStack();
  repository = await serveDownloads(under.gateway, port, join(under.home.root, 'downloads'));
});
afterAll(async () => {
  await repository?.close();
  await under.close();
});

describe('a PHP app', () => {
  test('runs on PHP-FPM behind Apache or nginx, with its extensions and a rewrite', async () => {
    const { result, output } = await under.build(example, { appId: 'hello' });
    expect(failureOf(result), output).toBe('built');
    expect(output.split('\n')).toEqual(
      expect.arrayContaining([
        '-----> PHP app detected',
        '-----> Installing platform packages...',
        expect.stringMatching(/^ {7}- php \(8\.4\.\d+\)$/),
        '       - ext-redis',
        '-----> Installing dependencies...',
        '-----> Preparing runtime environment...',
      ]),
    );
    expect(result).toMatchObject({ buildpacks: ['heroku/php'], processTypes: { web: 'heroku-php-apache2 public/' } });
    const greeting = (server: string, path: string): string =>
      `Hello from PHP by ${server} over https. High tide at 06:12. Path ${path}.\n200\n`;
    expect(
      await under.run(result, served('heroku-php-apache2 public/', '/', '/some/path?x=1', '/plain.txt', '/.htaccess')),
    ).toMatch(
      new RegExp(
        `^${`${greeting('Apache', '/')}${greeting('Apache', '/some/path?x=1')}`.replaceAll(/[.?]/g, '\\$&')}plain\n200\n[^]*403\nended with 0\n`,
      ),
    );
    const nginx = await under.run(
      result,
      `echo 'location / { try_files $uri /index.php$is_args$args; }' > site.conf; ${served('vendor/bin/heroku-php-nginx -C site.conf public', '/', '/other?y=2', '/plain.txt')}`,
    );
    expect(nginx).toContain(`${greeting('nginx', '/')}${greeting('nginx', '/other?y=2')}plain\n200\nended with 0\n`);
    expect(
      await under.run(
        result,
        `heroku-php-apache2 -t public 2>&1; php -r 'echo extension_loaded("apcu") ? "on" : "off";'`,
      ),
    ).toMatch(/Syntax OK\noff$/);
  });

  test('gets its packages from the repository that composer.json names, and compiles', async () => {
    const tide = zipOf({
      'composer.json': '{"name":"example/tide"}',
      'tide.php': '<?php function high() { return "18:40"; }',
    });
    const dist = {
      type: 'zip',
      url: `${repository.url}/tide.zip`,
      shasum: createHash('sha1').update(tide).digest('hex'),
    };
    repository.file('/tide.zip', tide);
    const locked = { name: 'example/tide', version: '1.0.0', dist, type: 'library', autoload: { files: ['tide.php'] } };
    const files: Files = {
      'composer.json': JSON.stringify({
        require: { 'example/tide': '1.0.0' },
        repositories: [{ type: 'composer', url: repository.url }, { 'packagist.org': false }],
        config: { 'secure-http': false },
        scripts: { compile: 'php -r "file_put_contents(\'compiled\', 1);"' },
      }),
      'composer.lock': JSON.stringify({ 'content-hash': '', packages: [locked], 'packages-dev': [] }),
      'index.php': '<?php require "vendor/autoload.php"; echo high(), ini_get("memory_limit");',
    };
    const { result, output } = await under.build(files, { appId: 'composer' });
    expect(failureOf(result), output).toBe('built');
    expect(result).toMatchObject({ processTypes: { web: 'heroku-php-apache2' } });
    expect(await under.run(result, 'ls compiled; php index.php')).toBe('compiled\n18:40128M');
    expect(repository.asked.filter((path) => path === '/tide.zip')).toHaveLength(1);
    await under.build(files, { appId: 'composer' });
    expect(repository.asked.filter((path) => path === '/tide.zip')).toHaveLength(1);
  });

  test('may be an index.php alone, and is told that this is old', async () => {
    const { result, output } = await under.build({ 'index.php': '<?php echo "alone";' }, { appId: 'alone' });
    expect(output).toContain(' !     No composer.json found.');
    expect(await under.run(result, served('heroku-php-apache2', '/'))).toMatch(/^alone200\n/);
    expect(await under.run(result, 'heroku-php-apache2 none 2>&1; heroku-php-nginx -C none 2>&1')).toBe(
      'heroku-php-apache2: there is no folder none: correct the document root in the Procfile.\nheroku-php-nginx: there is no file none for -C.\n',
    );
  });

  test.each<[string, Files, string]>([
    ['an invalid composer.json', { 'composer.json': '{' }, ' !     composer.json is not valid JSON'],
    ['no lock', { 'composer.json': '{"require":{"a/b":"1"}}' }, ' !     No composer.lock found'],
    [
      'a PHP that is not there',
      { 'composer.json': '{"require":{"php":"^5.6"}}' },
      'No PHP on this server matches "^5.6". It has 8.4.',
    ],
    [
      'an extension that is not there',
      { 'composer.json': '{"require":{"ext-swoole":"*"}}' },
      'PHP on this server has no extension ext-swoole.',
    ],
  ])('with %s fails and says why', async (_case, files, message) => {
    const { result, output } = await under.build(files, { appId: 'wrong' });
    expect(failureOf(result)).toMatchObject({ kind: 'compile_failed' });
    expect(output).toContain(message);
  });
});
