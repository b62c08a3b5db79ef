import { PlatformError } from '@jangada/platform-api';
import type { System } from './machine.ts';

/** A program or file that the platform needs, and the Debian package that brings it. */
export interface Requirement {
  readonly package: string;
  /** A program's name, or an absolute path. */
  readonly provides: string;
}

/** What making the first stack layer needs. Installed first, so that the layer grows while the rest is installed. */
export const BUILDER_REQUIREMENTS: readonly Requirement[] = [
  { package: 'mmdebstrap', provides: 'mmdebstrap' },
  { package: 'ca-certificates', provides: '/etc/ssl/certs/ca-certificates.crt' },
  // Older archive keyrings of Debian 12 do not know the stack's suite.
  { package: 'debian-archive-keyring', provides: '/usr/share/keyrings/debian-archive-trixie-automatic.gpg' },
];

/** What running the platform needs. `docker.io` only when no engine answers already. */
export const PLATFORM_REQUIREMENTS: readonly Requirement[] = [
  { package: 'docker.io', provides: 'dockerd' },
  { package: 'haproxy', provides: 'haproxy' },
  { package: 'git', provides: 'git' },
  { package: 'squashfs-tools', provides: 'mksquashfs' },
  { package: 'iptables', provides: 'iptables' },
  { package: 'openssl', provides: 'openssl' },
  { package: 'mount', provides: 'losetup' },
  { package: 'e2fsprogs', provides: 'mkfs.ext4' },
  { package: 'util-linux', provides: 'ionice' },
  { package: 'passwd', provides: 'useradd' },
  { package: 'perl-base', provides: 'perl' },
];

/** What tests need besides: networks of their own. */
export const TEST_REQUIREMENTS: readonly Requirement[] = [{ package: 'iproute2', provides: 'ip' }];

/** What the measurements need besides: a proxy to be compared with, and something that asks. */
export const BENCH_REQUIREMENTS: readonly Requirement[] = [
  { package: 'nginx', provides: 'nginx' },
  { package: 'wrk', provides: 'wrk' },
  { package: 'util-linux', provides: 'taskset' },
];

/** Packages whose services would otherwise be started at every boot beside ours. */
export const UNWANTED_SERVICES = ['haproxy', 'nginx'] as const;

/** Throws when something is missing on a system whose packages we do not know. */
export function assertInstallable(missing: readonly Requirement[], system: System): void {
  if (missing.length === 0 || system.isDebian) return;
  const programs = missing.map((requirement) => requirement.provides).join(', ');
  throw new PlatformError(
    'invalid_params',
    `Jangada installs packages on Debian 12 and 13 only, and this is ${system.name}. Install what provides ${programs}, then run "npm start" again.`,
  );
}

/** The sentence for packages that apt could not install, out of apt's own output. */
export function explainAptFailure(packages: readonly string[], output: string, log: string): PlatformError {
  const reason =
    output
      .split('\n')
      .find((line) => /^(E:|Err:|dpkg: error)/.test(line.trim()))
      ?.trim() ?? 'no reason given';
  const names = packages.join(' ');
  if (/Unable to fetch|Failed to fetch|Could not resolve|Could not connect|Temporary failure|timed out/i.test(output)) {
    return new PlatformError(
      'engine_unavailable',
      `No Debian mirror could be reached to install ${names} (${reason}). Check the network and apt's proxy settings, then run "npm start" again.`,
    );
  }
  if (/No space left/i.test(output)) {
    return new PlatformError(
      'disk_full',
      `The disk is full: ${names} could not be installed. Free some space, then run "npm start" again.`,
    );
  }
  if (/Unable to locate package|has no installation candidate/.test(output)) {
    const docker = packages.includes('docker.io') ? ', or install any Docker Engine (API 1.41 or newer) yourself' : '';
    return new PlatformError(
      'engine_unavailable',
      `apt cannot find ${names} (${reason}). Add Debian's "main" archive to apt's sources${docker}, then run "npm start" again.`,
    );
  }
  return new PlatformError(
    'engine_unavailable',
    `apt could not install ${names} (${reason}). See ${log}, then run "npm start" again.`,
  );
}
