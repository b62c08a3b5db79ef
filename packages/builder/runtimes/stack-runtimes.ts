import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { StackPackage, StackPackages, StackRuntimeLine } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { FinishRuntime } from './finish-runtime.ts';
import { relocateTree } from './relocate.ts';

/** A runtime that the stack's packages make. */
export interface StackOffer {
  readonly origin: 'stack';
  readonly version: string;
  /** Says what is in it: another set of packages is another runtime. */
  readonly name: string;
  readonly line: StackRuntimeLine;
  readonly packages: readonly StackPackage[];
}

/** Runtimes made of the stack's Debian packages. */
export interface StackRuntimes {
  /** Name for people and what there is. The mirror is asked once a day; while it is away, the last answer holds. */
  offers(
    stack: string,
    runtime: string,
  ): Promise<{ readonly title: string; readonly offers: readonly StackOffer[] } | null>;
  /** Leaves the tree for `place` in an existing folder. Throws `stack_not_found` when the packages cannot be had. */
  make(stack: string, offer: StackOffer, into: string, place: string, finish: FinishRuntime): Promise<void>;
}

interface Remembered {
  readonly at: number;
  readonly packages: readonly StackPackage[];
}

const INDEX_AGE_MS = 24 * 3_600_000;
const WORK_MS = 15 * 60_000;
/** Raised when trees are made in another way. */
const FORMAT = 1;

/** `indexFile` remembers what the mirror had. */
export function createStackRuntimes(packages: StackPackages, indexFile: string): StackRuntimes {
  const resolve = async (stack: string, line: StackRuntimeLine): Promise<readonly StackPackage[]> => {
    const wanted = [line.package, ...line.packages];
    const key = [stack, ...wanted, ...line.without.map((name) => `-${name}`)].join(' ');
    const index = await readIndex(indexFile);
    const known = index[key];
    if (known && Date.now() - known.at < INDEX_AGE_MS) return known.packages;
    try {
      const found = await packages.resolve(stack, wanted, AbortSignal.timeout(WORK_MS));
      const kept = found.filter(({ name }) => !line.without.includes(name));
      const now = { ...(await readIndex(indexFile)), [key]: { at: Date.now(), packages: kept } };
      await writeFile(`${indexFile}.draft`, JSON.stringify(now));
      await rename(`${indexFile}.draft`, indexFile);
      return kept;
    } catch (error) {
      if (known) return known.packages;
      throw error;
    }
  };

  return {
    async offers(stack, runtime) {
      const found = await packages.runtime(stack, runtime);
      if (!found) return null;
      const offers: StackOffer[] = [];
      for (const line of found.lines) offers.push(offerOf(stack, runtime, line, await resolve(stack, line)));
      return { title: found.title, offers };
    },

    async make(stack, offer, into, place, finish) {
      try {
        await packages.unpack(stack, offer.packages, into, AbortSignal.timeout(WORK_MS));
      } catch (error) {
        // A mirror drops what it has newer versions of: the next build asks it again.
        await writeFile(indexFile, '{}');
        throw error;
      }
      await relocateTree(into, place, offer.line);
      const command = offer.line.finish?.map((word) => word.replaceAll('{place}', place));
      if (command) await finish(command, into, place);
    },
  };
}

function offerOf(
  stack: string,
  runtime: string,
  line: StackRuntimeLine,
  packages: readonly StackPackage[],
): StackOffer {
  const main = packages.find(({ name }) => name === line.package);
  if (!main) {
    throw new PlatformError('stack_not_found', `The stack ${stack} has no package ${line.package} for ${runtime}.`);
  }
  const digest = createHash('sha256')
    .update(JSON.stringify([FORMAT, stack, packages, line]))
    .digest('hex')
    .slice(0, 8);
  const version = upstreamVersion(main.version);
  return {
    origin: 'stack',
    version,
    name: `${runtime}-${version.replaceAll(/[^\w.]/g, '-')}-${digest}`,
    line,
    packages,
  };
}

/** `2:3.13.5+dfsg-2+deb13u5` is 3.13.5. */
export function upstreamVersion(debian: string): string {
  return debian
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '')
    .replace(/[+~](dfsg|ds|really|repack).*$/, '');
}

async function readIndex(file: string): Promise<Readonly<Record<string, Remembered>>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, Remembered>;
  } catch {
    return {};
  }
}
