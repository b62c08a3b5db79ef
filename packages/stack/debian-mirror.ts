import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PlatformError } from '@jangada/platform-api';

/** Where Debian's packages come from on this machine, and how apt reaches them. */
export interface DebianMirror {
  /** Lines of a sources.list for the suite. */
  readonly sources: readonly string[];
  /** `Acquire::…` options (proxies, certificates) as apt's own `-o` arguments: `Acquire::http::Proxy=…`. */
  readonly options: readonly string[];
}

const run = promisify(execFile);

/** One line an index target: address, origin, label, codename, component. */
const TARGET_FORMAT = '$(REPO_URI)|$(ORIGIN)|$(LABEL)|$(CODENAME)|$(COMPONENT)';

/**
 * Reads the machine's own apt configuration. `override` (`JANGADA_DEBIAN_MIRROR`) replaces the address of the main
 * archive, and of the security archive unless that is configured. Throws `stack_not_found` when no address is known.
 */
export async function findDebianMirror(suite: string, override: string | null): Promise<DebianMirror> {
  const targets = await run('apt-get', ['indextargets', '--format', TARGET_FORMAT, 'Created-By: Packages']);
  const dump = await run('apt-config', ['dump', '--no-empty', '--format', '%F=%v%n', 'Acquire']);
  return { sources: sourcesFrom(targets.stdout, suite, override), options: transportOptions(dump.stdout) };
}

/** Turns `apt-get indextargets` output into the sources of another suite of the same mirror. */
export function sourcesFrom(targets: string, suite: string, override: string | null): readonly string[] {
  const addressOf = (label: string): string | undefined =>
    targets
      .split('\n')
      .map((line) => line.split('|'))
      .find(([, origin, targetLabel]) => origin === 'Debian' && targetLabel === label)?.[0];
  const archive = override ?? addressOf('Debian');
  if (!archive) {
    throw new PlatformError(
      'stack_not_found',
      "No Debian mirror is known for the stack image: this machine's apt has none. Set JANGADA_DEBIAN_MIRROR to one and start again.",
    );
  }
  const security = addressOf('Debian-Security');
  return [
    `deb ${archive} ${suite} main`,
    `deb ${archive} ${suite}-updates main`,
    ...(security ? [`deb ${security} ${suite}-security main`] : []),
  ];
}

/** Only what says how to reach a server: proxies, certificates, time-outs. */
export function transportOptions(dump: string): readonly string[] {
  return dump
    .split('\n')
    .filter(
      (line) => /^Acquire::(https?|Retries)(::[^=]+)?=./.test(line) && !/(User-Agent|Proxy-Auto-Detect)/i.test(line),
    );
}
