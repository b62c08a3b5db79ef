import { readFile } from 'node:fs/promises';
import { homeLayout, readSettings, socketsOf, tlsFilesOf } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Certificate, RouterOptions } from '@jangada/router';

export interface Config {
  readonly router: Omit<RouterOptions, 'report'>;
  /** Where the control plane reaches this process. */
  readonly socket: string;
  /** Folder of that socket. */
  readonly run: string;
}

/**
 * Reads `JANGADA_HOME`, `JANGADA_INSTALL_ID`, `JANGADA_HTTP_PORT`, `JANGADA_HTTPS_PORT`, `JANGADA_BIND` and
 * `JANGADA_DOMAIN`. Throws `invalid_params`.
 */
export async function readConfig(env: NodeJS.ProcessEnv = process.env): Promise<Config> {
  const root = required(env, 'JANGADA_HOME');
  const settings = readSettings(env, { installId: required(env, 'JANGADA_INSTALL_ID') });
  const home = homeLayout(root);
  return {
    router: {
      folder: home.router,
      bind: settings.bind,
      httpPort: settings.httpPort,
      httpsPort: settings.httpsPort,
      certificate: await readCertificate(tlsFilesOf(home)),
      openFiles: await openFileLimit(),
      // Two threads carry far more than one machine's dynos answer; each further one costs memory.
      threads: 2,
    },
    socket: socketsOf(home).router,
    run: home.run,
  };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new PlatformError('invalid_params', `${name} must be set. "jangada up" sets it.`);
  return value;
}

/** Null when the installation has no certificate yet. */
async function readCertificate(files: { serverCert: string; serverKey: string }): Promise<Certificate | null> {
  try {
    return { cert: await readFile(files.serverCert, 'utf8'), key: await readFile(files.serverKey, 'utf8') };
  } catch {
    return null;
  }
}

/** The hard limit: HAProxy raises its own to what it needs. */
async function openFileLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  return hard === 'unlimited' ? 1_048_576 : Number(hard ?? 1_024);
}
