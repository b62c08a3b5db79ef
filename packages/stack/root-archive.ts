import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { appendFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { PlatformError } from '@jangada/platform-api';
import type { DebianMirror } from './debian-mirror.ts';
import type { Recipe } from './recipe.ts';

/** What `makeRootArchive` starts: a program, its arguments, and the text on its standard input. */
export interface RootPlan {
  readonly argv: readonly [string, ...string[]];
  readonly input: string;
}

/** mmdebstrap writes the first layer's root file system to standard output and reads its sources from standard input. */
export function planRoot(recipe: Recipe, mirror: DebianMirror): RootPlan {
  const options = ['Acquire::Languages "none"', 'APT::Install-Recommends "false"', ...mirror.options.map(aptLine)];
  return {
    argv: [
      'mmdebstrap',
      '--mode=root',
      '--variant=minbase',
      '--format=tar',
      `--include=${recipe.layers.base.packages.join(',')}`,
      ...options.map((option) => `--aptopt=${option}`),
      '--dpkgopt=force-unsafe-io',
      `--essential-hook=${join(recipe.folder, 'essential-hook')}`,
      `--customize-hook=${join(recipe.folder, 'customize-hook')}`,
      recipe.suite,
      '-',
      '-',
    ],
    input: `${mirror.sources.join('\n')}\n`,
  };
}

/** `Acquire::http::Proxy=http://…` as a line of apt's configuration. */
function aptLine(option: string): string {
  const at = option.indexOf('=');
  return `${option.slice(0, at)} "${option.slice(at + 1)}"`;
}

export interface ArchiveOptions {
  /** Holds the growing root file system (300 MB). */
  readonly workFolder: string;
  /** File to which mmdebstrap's last lines are appended. */
  readonly log: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets what mmdebstrap is doing. */
  report(line: string): void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the plan and leaves a zstd archive at `target`, which appears only when it is complete. `workFolder` holds the
 * growing root file system (300 MB). `report` gets what mmdebstrap is doing. Throws `stack_not_found` with its last error.
 */
export async function makeRootArchive(plan: RootPlan, target: string, options: ArchiveOptions): Promise<void> {
  await mkdir(options.workFolder, { recursive: true });
  await mkdir(dirname(options.log), { recursive: true });
  const partial = `${target}.${process.pid}.partial`;
  const [program, ...args] = plan.argv;
  const child = spawn(program, args, {
    // TMPDIR: mmdebstrap unpacks there.
    env: { ...options.env, TMPDIR: options.workFolder, LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.signal ? { signal: options.signal, killSignal: 'SIGTERM' } : {}),
  });
  child.on('error', () => {});
  const closed = once(child, 'close').catch((error: unknown) => [-1, String(error)]);
  child.stdin.on('error', () => {}).end(plan.input);
  const last: string[] = [];
  const lines = createInterface({ input: child.stderr });
  lines.on('line', (line) => {
    last.push(line);
    if (last.length > 200) last.shift();
    const step = /^I: (.+)/.exec(line)?.[1];
    if (step) options.report(step);
  });
  try {
    await pipeline(child.stdout, createZstdCompress(), createWriteStream(partial, { mode: 0o644 }));
    const [code] = (await closed) as [number | null];
    await appendFile(options.log, `${last.join('\n')}\n`);
    if (code !== 0) throw failure(last, options.log);
    await rename(partial, target);
  } catch (error) {
    child.kill('SIGTERM');
    options.signal?.throwIfAborted();
    throw error instanceof PlatformError ? error : failure([...last, String(error)], options.log);
  } finally {
    await rm(partial, { force: true });
  }
}

function failure(lines: readonly string[], log: string): PlatformError {
  const telling =
    lines.filter((line) => /^(E:|Err:|dpkg: error|.*No space left)/.test(line)).at(0) ?? lines.at(-1) ?? '';
  const hint = /resolve|connect|timed out|Failed to fetch|not signed/i.test(lines.join('\n'))
    ? 'The Debian mirror cannot be reached or is not trusted: check the network, the proxy settings of apt, or JANGADA_DEBIAN_MIRROR.'
    : `See ${log}.`;
  return new PlatformError('stack_not_found', `The stack image could not be made (${telling.trim()}). ${hint}`);
}
