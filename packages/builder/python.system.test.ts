import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@jangada/conformance/free-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wheelOf } from './test-archives.ts';
import { bash, type Files, failureOf, openTestBuilder, type TestBuilder, writeFiles } from './test-builder.ts';
import { serveDownloads, type TestDownloads } from './test-downloads.ts';

const example = fileURLToPath(new URL('../../examples/python-hello', import.meta.url));
const tide = wheelOf('tide', '1.0', 'NAME = "tide"\n');
/** What the buildpack needs of Django: a package of that name. */
const django = wheelOf('django', '5.0', '');
const digest = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

let under: TestBuilder;
let index: TestDownloads;

beforeAll(async () => {
  const port = await freePort();
  under = await openTestBuilder({}, [port]);
  await under.makeStack();
  index = await serveDownloads(under.gateway, port, join(under.home.root, 'downloads'));
  for (const [name, { file, content }] of Object.entries({ tide, django })) {
    index.file(`/simple/${name}/`, `<a href="/files/${file}#sha256=${digest(content)}">${file}</a>`);
    index.file(`/files/${file}`, content);
  }
});
afterAll(async () => {
  await index.close();
  await under.close();
});

describe('a Python app', () => {
  test('with its packages in a folder needs no index, serves, and is built from the cache the second time', async () => {
    const { result, output } = await under.build(example, { appId: 'hello' });
    expect(output.split('\n')).toEqual(
      expect.arrayContaining([
        '-----> Python app detected',
        '-----> Using Python 3.13 specified in .python-version',
        expect.stringMatching(/^ {7}Preparing Python 3\.13\.\d+ for this server, once for all apps\.\.\.$/),
        expect.stringMatching(/^-----> Installing Python 3\.13\.\d+$/),
        '-----> Installing dependencies using pip',
        '       Successfully installed tide-table-1.0.0',
        '-----> Build succeeded!',
        '       Procfile declares types -> web',
      ]),
    );
    expect(result).toMatchObject({
      ok: true,
      buildpacks: ['heroku/python'],
      processTypes: { web: 'python server.py' },
    });
    const seen = await under.run(
      result,
      `python server.py 2> /dev/null & for i in $(seq 1200); do curl -sf localhost:5000/ && break; sleep 0.1; done; kill %1
       echo; python -c 'import ctypes, hashlib, readline, sqlite3, ssl, sys, zlib; print(sys.prefix, ssl.get_default_verify_paths().cafile is not None)'
       pip --version | cut -d' ' -f1; echo "$PYTHONPATH $PYTHONUNBUFFERED $WEB_CONCURRENCY"; head -1 .heroku/python/bin/pip`,
    );
    const [answer, modules, pip, env, script] = seen.split('\n');
    expect(JSON.parse(answer as string)).toMatchObject({ high_water: ['04:10', '16:35', '05:00'] });
    expect(modules).toMatch(/^\/app\/\.heroku\/python /);
    expect([pip, script]).toEqual(['pip', '#!/app/.heroku/python/bin/python']);
    expect(env).toMatch(/^\/app true [1-9]\d*$/);

    const again = await under.build(example, { appId: 'hello' });
    expect(again.output).toContain('       Using the packages of the last build.\n');
    expect(again.output).not.toContain('Preparing');
    expect(await under.run(again.result, 'python -c "import tide_table"; echo $?')).toBe('0\n');
  });

  test('gets packages from the index that its config vars name, runs its hooks and collects its static files', async () => {
    const files = {
      'requirements.txt': 'tide==1.0\ndjango==5.0\n',
      'shop/manage.py': [
        'import os, sys',
        'if sys.argv[1] == "collectstatic": print("7 static files copied by", os.environ["DJANGO_KEY"])',
        'if sys.argv[1] == "collectstatic" and os.environ["DJANGO_KEY"] == "none": sys.exit(4)',
      ].join('\n'),
      'bin/pre_compile': bash('echo "before with $DJANGO_KEY"'),
      'bin/post_compile': bash('python -c "import tide; print(tide.NAME, \\"after\\")"'),
    };
    const url = `${index.url}/simple`;
    const trust = { PIP_INDEX_URL: url, PIP_TRUSTED_HOST: under.gateway };
    const first = await under.build(files, { appId: 'index', configVars: { ...trust, DJANGO_KEY: 'k1' } });
    expect(failureOf(first.result), first.output).toBe('built');
    expect(first.output).toContain('-----> No Python version was specified.\n');
    expect(first.output).toContain('       before with k1\n');
    expect(first.output).toContain(
      '-----> $ python shop/manage.py collectstatic --noinput\n       7 static files copied by k1\n',
    );
    expect(first.output).toContain('       tide after\n');

    const failing = await under.build(files, { appId: 'index', configVars: { ...trust, DJANGO_KEY: 'none' } });
    expect(failureOf(failing.result)).toEqual({ kind: 'compile_failed', app: 'Python' });
    expect(failing.output).toContain('heroku config:set DISABLE_COLLECTSTATIC=1');

    const disabled = { ...trust, DJANGO_KEY: 'none', DISABLE_COLLECTSTATIC: '1' };
    const changed = { ...files, 'requirements.txt': 'tide==2.0\ndjango\n' };
    const missing = await under.build(changed, { appId: 'index', configVars: disabled });
    expect(failureOf(missing.result)).toEqual({ kind: 'compile_failed', app: 'Python' });
    expect(missing.output).toContain('The cached packages are not used');
    expect(missing.output).toContain(' !     The package index has no version of tide==2.0 that fits this Python');
    await under.nothingLeft();
  });

  test('with a Pipfile.lock is installed by the stack’s Pipenv; a patch level that is not there gives way to one of its line', async () => {
    const source = { name: 'own', url: `${index.url}/simple`, verify_ssl: false };
    const packages = { tide: { index: 'own', version: '==1.0' } };
    const asked = { _meta: { requires: {}, sources: [source] }, default: packages, develop: {} };
    const lock = {
      _meta: { hash: { sha256: digest(Buffer.from(JSON.stringify(asked))) }, 'pipfile-spec': 6, ...asked._meta },
      default: { tide: { ...packages.tide, hashes: [`sha256:${digest(tide.content)}`] } },
      develop: {},
    };
    const pipfile = `[[source]]\nname = "own"\nurl = "${source.url}"\nverify_ssl = false\n\n[packages]\ntide = {version = "==1.0", index = "own"}\n`;
    const { result, output } = await under.build(
      { Pipfile: pipfile, 'Pipfile.lock': JSON.stringify(lock), 'runtime.txt': 'python-3.13.0\n' },
      { appId: 'pipenv' },
    );
    expect(failureOf(result), output).toBe('built');
    expect(output).toMatch(/ ! {5}Python 3\.13\.0 is not on this server: 3\.13\.\d+ of the same line is used\./);
    expect(output).toContain('put the version into .python-version instead');
    expect(await under.run(result, 'python -c "import tide; print(tide.NAME)"; ls .jangada | wc -l')).toBe('tide\n1\n');
  });

  test('with a poetry.lock is installed by the stack’s Poetry', async () => {
    const folder = await writeFiles(join(under.home.root, 'poetry'), {
      'pyproject.toml': `[project]\nname = "shop"\nversion = "1.0"\nrequires-python = ">=3.12"\n\n[tool.poetry]\npackage-mode = false\n\n[tool.poetry.dependencies]\ntide = { path = "vendor/${tide.file}" }\n`,
      'poetry.lock': `[[package]]\nname = "tide"\nversion = "1.0"\ndescription = ""\noptional = false\npython-versions = "*"\ngroups = ["main"]\nfiles = [\n    {file = "${tide.file}", hash = "sha256:${digest(tide.content)}"},\n]\n\n[package.source]\ntype = "file"\nurl = "vendor/${tide.file}"\n\n[metadata]\nlock-version = "2.1"\npython-versions = ">=3.12"\ncontent-hash = "34fe150e029e927564e3291bdd02a6cb50e4147bb53499927830f125934a3efb"\n`,
    });
    await mkdir(join(folder, 'vendor'));
    await writeFile(join(folder, 'vendor', tide.file), tide.content);
    const { result, output } = await under.build(folder, { appId: 'poetry' });
    expect(failureOf(result), output).toBe('built');
    expect(await under.run(result, 'python -c "import tide; print(tide.NAME)"')).toBe('tide\n');
  });

  test('with a uv.lock is installed by the uv that the operator has put into the runtimes folder', async () => {
    const files = { 'uv.lock': 'version = 1\n', 'pyproject.toml': '[project]\nname = "shop"\n' };
    const configVars = { PIP_INDEX_URL: `${index.url}/simple`, PIP_TRUSTED_HOST: under.gateway };
    const without = await under.build(files, { appId: 'uv', configVars });
    expect(failureOf(without.result)).toEqual({ kind: 'compile_failed', app: 'Python' });
    expect(without.output).toContain('uv is no package of the stack. The operator can add it: uv-<version>.tar.gz');

    const tool = join(under.home.root, 'runtimes', 'uv-0.9.1');
    await writeFiles(tool, { 'bin/uv': bash('echo "uv $* into $UV_PROJECT_ENVIRONMENT"') });
    const { result, output } = await under.build(files, { appId: 'uv' });
    expect(failureOf(result), output).toBe('built');
    expect(output).toContain('       uv sync --locked --no-default-groups');
    expect(output).toContain('into /app/.heroku/python\n');
  });

  test.each([
    ['no list of packages', { 'app.py': '' }, 'Add a requirements.txt to the top folder of the app'],
    [
      'two lists of packages',
      { 'requirements.txt': '', 'poetry.lock': '' },
      'Files of 2 package managers found: requirements.txt, poetry.lock.',
    ],
    [
      'a version that cannot be read',
      { 'requirements.txt': '', '.python-version': 'three' },
      'The file .python-version says "three", which is no version of Python.',
    ],
    [
      'a version that is not to be had',
      { 'requirements.txt': '', '.python-version': '3.7.2' },
      'No Python on this server matches "3.7.2". It has 3.13',
    ],
  ])('with %s fails and says what to do', async (_case, files, message) => {
    const { result, output } = await under.build(files as Files);
    expect(failureOf(result)).toEqual({ kind: 'compile_failed', app: 'Python' });
    expect(output).toContain(` !     ${message}`);
  });
});
