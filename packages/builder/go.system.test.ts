import { join } from 'node:path';
import { freePort } from '@jangada/conformance/free-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { zipOf } from './test-archives.ts';
import { type Files, failureOf, openTestBuilder, type TestBuilder } from './test-builder.ts';
import { serveDownloads, type TestDownloads } from './test-downloads.ts';

const MAIN = 'package main\n\nimport "example.com/tide"\n\nfunc main() { println(tide.High()) }\n';
/** net/http alone takes longer to compile than all of these together: the end-to-end test has it. */
const VENDORED: Files = {
  'go.mod': 'module example.com/hello\n\ngo 1.24\n\nrequire example.com/tide v1.0.0\n',
  'cmd/hello/main.go': `package main\n\nimport "example.com/tide"\n\nvar commit string\n\nfunc main() { println(tide.High(), commit) }\n`,
  'vendor/modules.txt': '# example.com/tide v1.0.0\n## explicit; go 1.24\nexample.com/tide\n',
  'vendor/example.com/tide/tide.go': 'package tide\n\nfunc High() string { return "06:12" }\n',
};
const NEEDY: Files = {
  'go.mod': 'module example.com/shop\n\ngo 1.22\n\nrequire example.com/tide v1.2.0\n',
  'cmd/shop/main.go': MAIN,
  'cmd/clock/main.go': 'package main\n\nfunc main() { println("tick") }\n',
};

let under: TestBuilder;
let proxy: TestDownloads;

beforeAll(async () => {
  const port = await freePort();
  under = await openTestBuilder({}, [port]);
  await under.makeStack();
  proxy = await serveDownloads(under.gateway, port, join(under.home.root, 'downloads'));
  // A module proxy is these files (the protocol of GOPROXY).
  const at = '/example.com/tide/@v';
  const mod = 'module example.com/tide\n\ngo 1.22\n';
  proxy.file(`${at}/list`, 'v1.2.0\n');
  proxy.file(`${at}/v1.2.0.info`, '{"Version":"v1.2.0","Time":"2026-01-01T00:00:00Z"}');
  proxy.file(`${at}/v1.2.0.mod`, mod);
  const folder = 'example.com/tide@v1.2.0';
  const tide = 'package tide\n\nfunc High() string { return "18:40" }\n';
  proxy.file(`${at}/v1.2.0.zip`, zipOf({ [`${folder}/go.mod`]: mod, [`${folder}/tide.go`]: tide }));
});
afterAll(async () => {
  await proxy?.close();
  await under.close();
});

/** All builds are of one app: compiling the standard library anew for each would take most of the time. */
describe('a Go app', () => {
  test('with its modules in the folder vendor needs no proxy; Go is not in the slug', async () => {
    const configVars = { GO_LINKER_SYMBOL: 'main.commit', GO_LINKER_VALUE: 'of today' };
    const { result, output } = await under.build(VENDORED, { appId: 'go', configVars });
    expect(output.split('\n')).toEqual(
      expect.arrayContaining([
        '-----> Go app detected',
        '-----> Detected go modules via go.mod',
        '-----> Detected Module Name: example.com/hello',
        expect.stringMatching(/^-----> Using go1\.24\.\d+, by go\.mod$/),
        '       The modules of the folder vendor are used.',
        '       example.com/hello/cmd/hello',
        '-----> Installed the following binaries:',
        '       ./bin/hello',
        '-----> Created a Procfile with the following entries:',
        '       web: bin/hello',
        '       Procfile declares types -> web',
      ]),
    );
    expect(result).toMatchObject({ ok: true, buildpacks: ['heroku/go'], processTypes: { web: 'bin/hello' } });
    expect(await under.run(result, 'bin/hello 2>&1; ls .jangada 2>&1')).toMatch(/^06:12 of today\nls: cannot access/);
  });

  test('downloads its modules from the proxy once; each program of the module becomes a process type', async () => {
    const configVars = { GOPROXY: proxy.url, GONOSUMDB: '*', GONOSUMCHECK: '1', GOFLAGS: '-mod=mod', GOSUMDB: 'off' };
    const { result, output } = await under.build(NEEDY, { appId: 'go', configVars });
    expect(failureOf(result), output).toBe('built');
    expect(result).toMatchObject({ processTypes: { web: 'bin/shop', clock: 'bin/clock' } });
    expect(await under.run(result, 'bin/shop 2>&1; bin/clock 2>&1')).toBe('18:40\ntick\n');
    const asked = proxy.asked.length;
    const again = await under.build(NEEDY, { appId: 'go', configVars });
    expect(failureOf(again.result), again.output).toBe('built');
    expect(proxy.asked.slice(asked).filter((path) => path.endsWith('.zip'))).toEqual([]);
  });

  test('installs what go.mod names, after the hook of the app', async () => {
    const { result, output } = await under.build(
      {
        'go.mod': '// +heroku install ./cmd/web\nmodule example.com/x\n',
        'cmd/web/main.go': 'package main\n\nfunc main() { println("web") }\n',
        'cmd/broken/main.go': 'package main\n\nfunc main() { no }\n',
        'bin/go-pre-compile': 'echo hooked',
        Procfile: 'web: bin/web\n',
      },
      { appId: 'go' },
    );
    expect(failureOf(result), output).toBe('built');
    expect(output).toContain('-----> Running bin/go-pre-compile hook\n       hooked\n');
    expect(output).toContain('-----> Running: go install -v -tags heroku ./cmd/web\n');
  });

  test.each<[string, Files, readonly string[]]>([
    [
      'a Go that is not there',
      { 'go.mod': '// +heroku goVersion go1.99\nmodule x\n' },
      ['No Go on this server matches "1.99". It has 1.24.4', 'go-<version>.tar.gz'],
    ],
    ['no go.mod', { 'Gopkg.lock': '' }, ['There is no go.mod', 'go mod init']],
    ['no program', { 'go.mod': 'module x\n', 'x.go': 'package x\n' }, ['There is no program in this module']],
    [
      'a proxy that cannot be reached',
      { ...NEEDY, 'go.sum': '' },
      ['go.mod and go.sum do not fit the code. Run go mod tidy, commit both and push again.'],
    ],
    [
      'code that does not compile',
      { 'go.mod': 'module x\n', 'main.go': 'package main\n\nfunc main() { no }\n' },
      ['undefined: no', '"go install -v -tags heroku x" failed with exit status 1.'],
    ],
  ])('with %s fails and says why', async (_case, files, messages) => {
    const { result, output } = await under.build(files, { appId: 'go' });
    expect(failureOf(result)).toMatchObject({ kind: 'compile_failed' });
    for (const message of messages) expect(output).toContain(message);
  });
});
