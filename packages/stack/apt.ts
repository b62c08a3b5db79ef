import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { StackPackage } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { DebianMirror } from './debian-mirror.ts';

/** apt for another suite than this machine's, in a folder of its own: it neither reads nor changes what is installed here. */
export interface Apt {
  /** The packages with what they need beyond the installed ones, from an index that is brought up to date first. */
  resolve(packages: readonly string[], signal: AbortSignal): Promise<readonly StackPackage[]>;
  /** Downloads exactly these, each checked against the signed index, and unpacks them into a folder. */
  unpack(packages: readonly StackPackage[], into: string, signal: AbortSignal): Promise<void>;
}

export interface AptOptions {
  /** Its state: index, configuration, downloads. */
  readonly folder: string;
  readonly mirror: DebianMirror;
  /** Content of dpkg's status file: what counts as installed. */
  readonly status: string;
  /** Folders and files with the keys that may sign the index. */
  readonly keys: readonly string[];
}

/** Keys of this machine: its own apt's, and those that Debian's keyring package brings on other distributions. */
export const MACHINE_KEYS = ['/etc/apt/trusted.gpg.d', '/usr/share/keyrings/debian-archive-keyring.gpg'];

const run = promisify(execFile);
const FOLDERS = ['lists/partial', 'archives/partial', 'preferences.d', 'trusted'];

export async function openApt(options: AptOptions): Promise<Apt> {
  const { folder } = options;
  for (const name of FOLDERS) await mkdir(join(folder, name), { recursive: true });
  await writeWhole(join(folder, 'status'), options.status);
  await writeWhole(join(folder, 'sources.list'), `${options.mirror.sources.join('\n')}\n`);
  await writeWhole(join(folder, 'apt.conf'), configuration(folder, options.mirror));
  await linkKeys(join(folder, 'trusted'), options.keys);
  const env = {
    APT_CONFIG: join(folder, 'apt.conf'),
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C.UTF-8',
    DEBIAN_FRONTEND: 'noninteractive',
  };

  const apt = async (args: readonly string[], cwd: string, signal: AbortSignal): Promise<string> => {
    try {
      return (await run('apt-get', args, { env, cwd, signal, maxBuffer: 16 * 1024 ** 2 })).stdout;
    } catch (error) {
      signal.throwIfAborted();
      throw aptFailure(error);
    }
  };

  return {
    async resolve(packages, signal) {
      await apt(['update', '--quiet=2', '--error-on=any'], folder, signal);
      return parseUris(await apt(['install', '--yes', '--print-uris', '--quiet=2', ...packages], folder, signal));
    },

    async unpack(packages, into, signal) {
      const downloads = join(folder, 'downloads');
      await rm(downloads, { recursive: true, force: true });
      await mkdir(downloads);
      try {
        const exact = packages.map(({ name, version }) => `${name}=${version}`);
        await apt(['download', '--quiet=2', ...exact], downloads, signal);
        for (const file of (await readdir(downloads)).sort()) {
          await run('dpkg-deb', ['--extract', join(downloads, file), into], { env, signal });
        }
      } finally {
        await rm(downloads, { recursive: true, force: true });
      }
    },
  };
}

/** `'http://…' name_version_arch.deb size SHA256:…`, one a line; `%3a` is the colon of an epoch. */
export function parseUris(output: string): readonly StackPackage[] {
  const packages = output.split('\n').flatMap((line) => {
    const match = /^'[^']+' ([a-z0-9][a-z0-9+.-]*)_([^_\s]+)_[a-z0-9]+\.deb /.exec(line);
    return match ? [{ name: match[1] as string, version: decodeURIComponent(match[2] as string) }] : [];
  });
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names everything, so that nothing of the machine's own configuration is in force but how a server is reached. */
function configuration(folder: string, mirror: DebianMirror): string {
  const settings: Readonly<Record<string, string>> = {
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::parts': '/dev/null',
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': join(folder, 'preferences.d'),
    'Dir::Etc::trusted': '/dev/null',
    'Dir::Etc::trustedparts': join(folder, 'trusted'),
    'Dir::State': folder,
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': folder,
    'Dir::Cache::archives': join(folder, 'archives'),
    'Dir::Log': folder,
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
  };
  const given = mirror.options.map((option) => option.split(/=(.*)/s) as [string, string]);
  return [...Object.entries(settings), ...given].map(([name, value]) => `${name} "${value}";\n`).join('');
}

async function linkKeys(folder: string, keys: readonly string[]): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const place of keys.filter((each) => existsSync(each))) {
    const files = /\.(gpg|asc)$/.test(place) ? [place] : (await readdir(place)).map((name) => join(place, name));
    for (const [index, file] of files.entries()) {
      const name = `${index}-${file.split('/').at(-1)}`;
      if (/\.(gpg|asc)$/.test(file)) await symlink(file, join(folder, name)).catch(() => undefined);
    }
  }
}

async function writeWhole(file: string, content: string): Promise<void> {
  await writeFile(`${file}.draft`, content);
  await rename(`${file}.draft`, file);
}

function aptFailure(error: unknown): PlatformError {
  const { stderr, code } = error as { stderr?: string; code?: unknown };
  if (code === 'ENOENT') {
    return new PlatformError(
      'stack_not_found',
      'apt is not on this server, so no runtimes can be made of Debian packages. The operator can put runtimes into the runtimes folder of the platform’s home.',
    );
  }
  const lines = (stderr ?? '').split('\n').filter((line) => /^(E|W|Err):/.test(line));
  const telling = lines.find((line) => line.startsWith('E:') && !/Some index files/.test(line)) ?? lines[0] ?? '';
  const reason = telling.replace(/^\w+:\s*/, '') || 'no output';
  return new PlatformError(
    'stack_not_found',
    `The stack's Debian packages cannot be had (${reason.slice(0, 300)}). The operator checks the mirror and the proxy settings of this machine's apt.`,
    { cause: error },
  );
}
