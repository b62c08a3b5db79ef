import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StackRuntime } from '@jangada/core';

/** `<stack>/runtimes.json`: which packages of the suite make which runtime. `{arch}` and `{triple}` stand for the machine's. */
interface RuntimesFile {
  /** Left out of every runtime. */
  readonly without: readonly string[];
  readonly runtimes: Readonly<Record<string, { readonly title: string; readonly lines: readonly LineInFile[] }>>;
}

interface LineInFile {
  readonly package: string;
  readonly packages?: readonly string[];
  readonly without?: readonly string[];
  /** Default: `usr`. */
  readonly prefix?: string;
  readonly links?: Readonly<Record<string, string>>;
  readonly rewrite?: readonly string[];
  readonly finish?: readonly string[];
}

/** Reads one runtime of a stack's `runtimes.json` for a machine (`arch` as Node names it). Null when it is not there. */
export async function readRuntime(stackFolder: string, name: string, arch: string): Promise<StackRuntime | null> {
  const file = JSON.parse(await readFile(join(stackFolder, 'runtimes.json'), 'utf8')) as RuntimesFile;
  if (!Object.hasOwn(file.runtimes, name)) return null;
  const { title, lines } = file.runtimes[name] as RuntimesFile['runtimes'][string];
  const filled = (text: string): string =>
    text.replaceAll('{arch}', debianArch(arch)).replaceAll('{triple}', tripleOf(arch));
  return {
    title,
    lines: lines.map((line) => ({
      package: line.package,
      packages: line.packages ?? [],
      without: [...file.without, ...(line.without ?? [])],
      prefix: filled(line.prefix ?? 'usr'),
      libraries: filled('usr/lib/{triple}'),
      links: Object.fromEntries(
        Object.entries(line.links ?? {}).map(([place, target]) => [filled(place), filled(target)]),
      ),
      rewrite: (line.rewrite ?? []).map(filled),
      finish: line.finish?.map(filled) ?? null,
    })),
  };
}

function debianArch(arch: string): string {
  return arch === 'x64' ? 'amd64' : arch;
}

function tripleOf(arch: string): string {
  return arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
}
