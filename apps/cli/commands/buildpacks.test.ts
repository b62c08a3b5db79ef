import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeLayout } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommandContext } from '../command.ts';
import { runCli } from '../run-cli.ts';
import { COMMANDS } from './index.ts';

let root: string;
let said: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jangada-buildpacks-'));
  said = [];
});
afterEach(() => rm(root, { recursive: true }));

const jangada = (...argv: readonly string[]): Promise<number> => {
  const print = (text: string): void => void said.push(text);
  const config = { home: homeLayout(root) } as CommandContext['config'];
  return runCli(argv, COMMANDS, { config, print, progress: print });
};

test('a buildpack is registered, updated, listed and forgotten', async () => {
  expect(await jangada('buildpacks')).toBe(0);
  expect(said.join()).toContain('No buildpack is registered');
  const url = 'https://git.example/rust.git';
  expect(await jangada('buildpacks:register', 'acme/rust', url, '--description', 'Rust apps')).toBe(0);
  expect(await jangada('buildpacks:register', 'acme/rust', `${url}#v2`)).toBe(0);
  expect(said.at(-1)).toContain('acme/rust is registered (version 2)');
  await jangada('buildpacks');
  expect(said.at(-1)).toBe(`acme/rust  v2  ${url}#v2  Rust apps`);
  expect(await jangada('buildpacks:unregister', 'acme/rust')).toBe(0);
  expect(await jangada('buildpacks:unregister', 'acme/rust')).toBe(1);
});

test('what is no name or no URL is refused with what to write', async () => {
  expect(await jangada('buildpacks:register', 'acme/rust')).toBe(1);
  expect(said.at(-1)).toContain('bin/jangada buildpacks:register NAMESPACE/NAME URL');
  expect(await jangada('buildpacks:register', 'rust', 'https://git.example/rust.git')).toBe(1);
  expect(said.at(-1)).toContain('Use namespace/name');
  expect(await jangada('buildpacks:register', 'acme/rust', 'ftp://x/y')).toBe(1);
  expect(said.at(-1)).toContain('is not a buildpack');
});
