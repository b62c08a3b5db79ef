import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildFailure, type BuildPhase, parseProcfile } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import { parse } from 'yaml';
import type { BuildFacts } from './build-request.ts';

const MAX_BYTES = 256 * 1024;

/** What the driver says happened. The container could write these files: nothing in them is trusted, no link is followed. */
export interface BuildReport extends BuildFacts {
  /** Null when every step went well. */
  readonly failure: BuildFailure | null;
}

/** `exitCode`: of the driver. `began`: when its container was asked for, in seconds since 1970. */
export async function readBuildReport(resultFolder: string, exitCode: number, began: number): Promise<BuildReport> {
  const app = oneLine(await readResult(resultFolder, 'app'));
  const facts: BuildFacts = {
    buildpackDescription: app,
    buildpacks: ((await readResult(resultFolder, 'buildpacks')) ?? '').split('\n').filter((line) => line !== ''),
    phases: phasesOf((await readResult(resultFolder, 'phases')) ?? '', began),
  };
  const kind = await readResult(resultFolder, 'failure');
  if (exitCode === 0 && kind === null) return { ...facts, failure: null };
  const reason = oneLine(await readResult(resultFolder, 'reason')) ?? '';
  const current = oneLine(await readResult(resultFolder, 'current')) ?? 'the buildpack';
  return { ...facts, failure: failureOf(kind, { app: app ?? 'the', current, reason }) };
}

function failureOf(
  kind: string | null,
  said: { readonly app: string; readonly current: string; readonly reason: string },
): BuildFailure {
  switch (kind) {
    case 'no_language':
    case 'source_too_large':
      return { kind };
    case 'not_compatible':
      return { kind, buildpack: said.current };
    case 'buildpack_unavailable':
      return { kind, buildpack: said.current, reason: said.reason };
    case 'submodule_unavailable':
      return { kind, path: said.current, reason: said.reason };
    case 'compile_failed':
    case 'release_failed':
      return { kind, app: said.app };
    case 'bad_source':
      return { kind, reason: said.reason };
    default:
      return { kind: 'platform', reason: 'The build container ended before the build did. Try again.' };
  }
}

/** Process types as the app and its last buildpack declare them. */
export interface DeclaredTypes {
  /** Null without a Procfile, or with an empty one. */
  readonly procfile: Readonly<Record<string, string>> | null;
  readonly defaults: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** Throws a BuildFailure's reason as PlatformError `invalid_params` when the Procfile cannot be used. */
export async function readDeclaredTypes(resultFolder: string): Promise<DeclaredTypes> {
  const defaults = defaultTypes((await readResult(resultFolder, 'release.yml')) ?? '');
  const text = await readResult(resultFolder, 'Procfile');
  if (text === null) return { procfile: null, defaults, warnings: [] };
  const { types, warnings } = parseProcfile(text);
  return { procfile: Object.keys(types).length === 0 ? null : types, defaults, warnings };
}

/** The failure that a thrown Procfile error stands for; anything else is thrown on. */
export function procfileFailure(error: unknown): BuildFailure {
  if (isPlatformError(error, 'invalid_params')) return { kind: 'bad_procfile', reason: error.message };
  throw error;
}

/** `default_process_types` of a bin/release's YAML; whatever is no such map of texts counts as none. */
export function defaultTypes(yaml: string): Readonly<Record<string, string>> {
  let document: unknown;
  try {
    document = parse(yaml, { maxAliasCount: 10, logLevel: 'silent' });
  } catch {
    return {};
  }
  if (!isRecord(document) || !isRecord(document['default_process_types'])) return {};
  const types = Object.entries(document['default_process_types']);
  return Object.fromEntries(
    types.filter((entry): entry is [string, string] => /^[\w-]{1,63}$/.test(entry[0]) && typeof entry[1] === 'string'),
  );
}

/** Lines `<unix seconds> <name>`, each lasting until the next; before them, from `began` on, the container started. */
export function phasesOf(text: string, began: number): readonly BuildPhase[] {
  const said = text.split('\n').flatMap((line) => {
    const match = /^(\d+\.\d+) (.{1,200})$/.exec(line);
    return match ? [{ at: Number(match[1]), name: match[2] as string }] : [];
  });
  const starts = said.length === 0 ? said : [{ at: began, name: 'start' }, ...said];
  return starts.slice(0, -1).map((start, index) => ({
    name: start.name,
    seconds: Math.max(0, Math.round(((starts[index + 1]?.at ?? start.at) - start.at) * 1_000) / 1_000),
  }));
}

async function readResult(folder: string, name: string): Promise<string | null> {
  let file: FileHandle;
  try {
    file = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    if (!(await file.stat()).isFile()) return null;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}

/** The first line, at most 200 characters, without control characters. */
function oneLine(text: string | null): string | null {
  const line = (text ?? '')
    .split('\n')[0]
    ?.replace(/[\x00-\x1f\x7f]/g, '')
    .slice(0, 200)
    .trim();
  return line || null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
