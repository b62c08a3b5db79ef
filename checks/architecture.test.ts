import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

/** The rules of ARCHITECTURE.md that a machine can hold. Each failure lists the files. */
const ROOT = join(import.meta.dirname, '..');
const SKIPPED = new Set(['node_modules', '.git', '.jangada', 'dist', 'coverage']);
/** What chooses the ports of servers that tests and benches start. */
const FREE_PORT = '@jangada/conformance/free-port';

interface Source {
  /** Path from the checkout's folder. */
  readonly path: string;
  readonly text: string;
  /** What it imports, as written. */
  readonly imports: readonly string[];
}

const sources = filesBelow(ROOT)
  .filter((path) => /\.tsx?$/.test(path))
  .map((path): Source => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const imports = [...text.matchAll(/^(?:import|export)\s[^;]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm)];
    return { path, text, imports: imports.map((match) => match[1] ?? match[2] ?? '') };
  })
  .filter((source) => !/(^|\/)generated\//.test(source.path));

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [relative(ROOT, path)];
  });
}

/** Packages of ours that a package may import in production code. */
function allowedFor(name: string): readonly string[] {
  if (name === 'platform-api') return [];
  if (['core', 'wire', 'process'].includes(name)) return ['platform-api'];
  return ['core', 'platform-api', 'wire'];
}

/** `packages/router`, `apps/cli`, `e2e`. */
function ownerOf(path: string): string {
  const [top = '', name = ''] = path.split('/');
  return ['packages', 'apps'].includes(top) ? `${top}/${name}` : top;
}

/** Tests and what serves only tests. */
function isTest(path: string): boolean {
  return /\.test\.tsx?$|(^|\/)(testing|fixtures)\/|test-[a-z-]+\.ts$|^packages\/conformance\//.test(path);
}

function ourPackage(specifier: string): string | null {
  return /^@jangada\/([^/]+)/.exec(specifier)?.[1] ?? null;
}

function violations(find: (source: Source) => readonly string[]): string[] {
  return sources.flatMap((source) => find(source).map((what) => `${source.path}: ${what}`));
}

test('packages import only what lies further in', () => {
  const found = violations((source) => {
    const owner = ownerOf(source.path);
    // Tests may bring the real neighbour (or the conformance suite) along.
    if (!owner.startsWith('packages/') || owner.startsWith('packages/addons') || isTest(source.path)) return [];
    const name = basename(owner);
    const allowed = [name, ...allowedFor(name)];
    return source.imports.filter((specifier) => {
      const target = ourPackage(specifier);
      return target !== null && !allowed.includes(target);
    });
  });
  expect(found).toEqual([]);
});

test('no file reaches into another package or app by a path', () => {
  const found = violations((source) => {
    const owner = ownerOf(source.path);
    return source.imports.filter((specifier) => {
      // A package may export what tests of others need beside its index; the requests are apart because they bring a schema library.
      if (!specifier.startsWith('.')) {
        if (isTest(source.path) || [FREE_PORT, '@jangada/platform-api/requests'].includes(specifier)) return false;
        return /^@jangada\/[^/]+\//.test(specifier);
      }
      const target = ownerOf(relative(ROOT, join(ROOT, dirname(source.path), specifier)));
      return /^(packages|apps)\//.test(target) && target !== owner;
    });
  });
  expect(found).toEqual([]);
});

test('apps import no other app, and end-to-end tests import nothing of ours but a free port', () => {
  const found = violations((source) => {
    const owner = ownerOf(source.path);
    if (owner === 'e2e')
      return source.imports.filter((specifier) => ourPackage(specifier) !== null && specifier !== FREE_PORT);
    return source.imports.filter((specifier) => ourPackage(specifier)?.endsWith('-app') ?? false);
  });
  expect(found).toEqual([]);
});

test('hand-written files have at most 300 lines', () => {
  expect(
    violations(({ text, path }) => (isTest(path) || lineCount(text) <= 300 ? [] : [`${lineCount(text)} lines`])),
  ).toEqual([]);
});

function lineCount(text: string): number {
  return text.trimEnd().split('\n').length;
}

test('ports have at most eight methods', () => {
  const found = violations((source) => {
    if (!source.path.startsWith('packages/core/ports/')) return [];
    return [...source.text.matchAll(/^export interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm)].flatMap(
      ([, name, body = '']) => {
        const methods = [...body.matchAll(/^ {2}(?:readonly )?\w+\??(?:<[^>]*>)?\s*(?:\(|: \([^)]*\) =>)/gm)];
        return methods.length > 8 ? [`${name} has ${methods.length} methods`] : [];
      },
    );
  });
  expect(found).toEqual([]);
});

// A buildpack's environment is its contract (builds.md); e2e, bench and checks drive processes from outside.
test('only config.ts of a process and what drives whole processes read the environment', () => {
  const found = violations(({ path, text }) => {
    const mayRead =
      /^apps\/[^/]+\/(config|main)\.ts$/.test(path) ||
      isTest(path) ||
      /^(e2e|bench|checks|buildpacks)\//.test(path) ||
      path.endsWith('.config.ts');
    return !mayRead && /\bprocess\.env\b/.test(withoutComments(text)) ? ['reads process.env'] : [];
  });
  expect(found).toEqual([]);
});

test('nothing is started through a shell', () => {
  const found = violations(({ path, text }) => {
    if (isTest(path)) return [];
    const code = withoutComments(text);
    return [/\bexecSync?\(/, /shell:\s*true/]
      .filter((pattern) => pattern.test(code) && /node:child_process/.test(code))
      .map(String);
  });
  expect(found).toEqual([]);
});

test('no file or folder has a name that says nothing', () => {
  const vague = /(^|\/)(utils?|helpers?|common|shared|misc|lib|manager|service)(\/|\.ts$)/;
  expect(violations(({ path }) => (vague.test(path) ? ['a vague name'] : []))).toEqual([]);
});

test('no machine, registry or mirror is named in the sources', () => {
  const named = /registry\.npmjs\.org|deb\.debian\.org|security\.debian\.org/;
  expect(
    violations(({ path, text }) => (path.startsWith('checks/') || !named.test(text) ? [] : ['names a host'])),
  ).toEqual([]);
});

/** Every regular-expression rule is about code, not about what comments say. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}
