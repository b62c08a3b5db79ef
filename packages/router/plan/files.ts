import { join } from 'node:path';
import { PlatformError } from '@jangada/platform-api';

/**
 * Names of what lies in the router's folder. HAProxy runs inside that folder and knows its files by these names, so that
 * neither its configuration nor the commands on its socket depend on where the installation lives.
 */
export const FILES = {
  config: 'haproxy.cfg',
  hosts: 'hosts.map',
  wildcards: 'wild.map',
  /** By backend: an app has one, however many hosts. */
  errorPages: 'errpage.map',
  /** What apps chose for themselves, by backend; most have no entry. */
  settings: 'settings.map',
  acme: 'acme.map',
  certificates: 'crt.list',
  platformCertificate: 'platform.pem',
  /** Folder of the certificates of apps. */
  certificateFolder: 'certs',
  certificateIndex: 'certificates.json',
  errorPage: 'err.html',
  /** Runtime commands. */
  adminSocket: 'admin.sock',
  /** HAProxy to the Node side: requests without a usable dyno. */
  backupSocket: 'backup.sock',
  /** HAProxy to the Node side: access log. */
  logSocket: 'log.sock',
  snapshot: 'routes.json',
  output: 'haproxy.log',
} as const;

/** Longest path of a unix socket on Linux is 107 bytes; HAProxy adds a suffix of its own while it binds. */
const LONGEST_FOLDER = 80;

/** Full path of each file of the router. Throws `invalid_params` when sockets could not be opened in that folder. */
export function pathsIn(folder: string): Readonly<Record<keyof typeof FILES, string>> {
  if (Buffer.byteLength(folder) > LONGEST_FOLDER) {
    throw new PlatformError(
      'invalid_params',
      `The path ${folder} is too long for unix sockets. Choose a JANGADA_HOME of at most ${LONGEST_FOLDER - '/router'.length} characters.`,
    );
  }
  const paths = Object.entries(FILES).map(([key, name]) => [key, join(folder, name)]);
  return Object.fromEntries(paths) as Record<keyof typeof FILES, string>;
}
