import { describe, expect, test } from 'vitest';
import { buildEnvironment } from './environment.ts';
import { explainFailure } from './failures.ts';
import { installCommand, parseGoModule, procfileFor, wantedGo } from './module.ts';

const MODULE = `// +heroku goVersion go1.23
// +heroku install ./cmd/... ./tool

module example.com/shop/v2

go 1.22.1
`;

describe('go.mod', () => {
  test('says what a build needs to know, with Heroku’s directives', () => {
    expect(parseGoModule(MODULE)).toEqual({
      name: 'example.com/shop/v2',
      atLeast: '1.22.1',
      version: '1.23',
      install: ['./cmd/...', './tool'],
    });
    expect(() => parseGoModule('go 1.22\n')).toThrow('does not name a module');
  });

  test('names the Go: GOVERSION, the directive, then the lowest that can build it, of the same line first', () => {
    const module = parseGoModule(MODULE);
    expect(wantedGo(module, 'go1.24.4').ranges).toEqual(['1.24.4', '1.24']);
    expect(wantedGo(module, undefined).ranges).toEqual(['1.23']);
    expect(wantedGo({ ...module, version: null }, undefined).ranges).toEqual(['>=1.22.1 <1.23', '>=1.22.1']);
    expect(wantedGo({ ...module, version: null, atLeast: null }, undefined).ranges).toEqual([]);
  });
});

test('the install has the tag heroku, and the commit in a linker symbol when one is named', () => {
  expect(installCommand(['./...'], {}).join(' ')).toBe('go install -v -tags heroku ./...');
  const env = { GO_LINKER_SYMBOL: 'main.commit', SOURCE_VERSION: 'abc' };
  expect(installCommand(['.'], env)).toContain("-X 'main.commit=abc'");
  expect(installCommand(['.'], { ...env, GO_LINKER_VALUE: 'v 1' })).toContain("-X 'main.commit=v 1'");
});

test('the only program is the web process; of several, that named like the module', () => {
  const module = parseGoModule(MODULE);
  expect(procfileFor(['server'], module)).toBe('web: bin/server\n');
  expect(procfileFor(['clock', 'shop'], module)).toBe('clock: bin/clock\nweb: bin/shop\n');
  expect(procfileFor(['clock', 'web'], module)).toBe('clock: bin/clock\nweb: bin/web\n');
  expect(procfileFor(['a', 'b'], module)).toBe('a: bin/a\nb: bin/b\n');
});

test('credentials for private modules reach git as variables', () => {
  const places = { root: '/go', cache: '/cache', app: '/b', vendored: true };
  const env = buildEnvironment(
    { PATH: '/bin' },
    { GO_GIT_CRED__HTTPS__GIT__EXAMPLE: 'me:s@cret', GOFLAGS: '-x' },
    places,
  );
  expect(env).toMatchObject({
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'url.https://me:s%40cret@git.example/.insteadOf',
    GIT_CONFIG_VALUE_0: 'https://git.example/',
    GOFLAGS: '-mod=vendor -modcacherw -x',
    GOTOOLCHAIN: 'local',
  });
});

test.each([
  ['main.go:4:2: missing go.sum entry for module providing package x', /go mod tidy/],
  ['go: inconsistent vendoring in /tmp/build_1:', /go mod vendor/],
  ['go: go.mod requires go >= 1.99 (running go 1.24.4)', /needs Go 1.99/],
  ['fatal: could not read Username for https://x: terminal prompts disabled', /GO_GIT_CRED/],
])('%s is explained', (line, message) => {
  expect(explainFailure([line]).join(' ')).toMatch(message);
});
