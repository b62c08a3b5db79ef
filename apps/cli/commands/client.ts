import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hostElsewhere, isHost, type Settings, tlsFilesOf } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { setupScript } from '../client/setup-script.ts';
import type { Command } from '../command.ts';
import { isLoopback } from '../platform/addresses.ts';
import { strangeHost } from '../platform/own-address.ts';
import { loadSettings } from '../setup/identity.ts';

export const client: Command = {
  name: 'client',
  usage: '[HOST]',
  summary: 'A script that points the Heroku CLI and git of another computer here',
  help: `Prints a shell script for the other computer. It holds no secret: people log in with "heroku login -i".

  ssh SERVER /path/to/bin/jangada client | sh

HOST is the name or address by which the other computer reaches this one (default: JANGADA_HOST, else JANGADA_DOMAIN).
The platform's certificate has to be good for it: JANGADA_HOST=HOST bin/jangada up. The platform has to listen there:
JANGADA_BIND=0.0.0.0 bin/jangada up. Neither is needed for 127.0.0.1, which is for people who come through SSH:

  ssh -N -L 5000:127.0.0.1:5000 SERVER`,
  async run(args, { config, print, progress }) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
    const settings = await loadSettings(config.home);
    const host = hostFor(positionals, settings);
    const { caCert, serverCert } = tlsFilesOf(config.home);
    assertNamed(host, new X509Certificate(await readFile(serverCert)));
    const [ca, module] = await Promise.all([
      readFile(caCert, 'utf8'),
      readFile(join(config.root, 'apps', 'cli', 'client', 'elsewhere.mjs'), 'utf8'),
    ]);
    print(setupScript({ host, settings, ca, module }).trimEnd());
    const strange = await strangeHost(host);
    if (strange !== null) progress(` !     ${strange}\n`);
    return 0;
  },
};

/** Throws `invalid_params` when no other computer could reach the platform by this name. */
function hostFor(given: readonly string[], settings: Settings): string {
  const host = given[0]?.toLowerCase() ?? hostElsewhere(settings);
  if (host === null) {
    throw wrong(
      'Say by which name or address other computers reach this one: "bin/jangada client HOST", or JANGADA_HOST=HOST bin/jangada up.',
    );
  }
  if (given.length > 1 || !isHost(host)) {
    throw wrong(`HOST must be one host name or address without a port, not "${given.join(' ')}".`);
  }
  if (isLoopback(settings.bind) && !isLoopback(host)) {
    throw wrong(
      `The platform listens on ${settings.bind} only, where ${host} does not lead to. Start it with JANGADA_BIND=0.0.0.0 bin/jangada up, or let people come through SSH: "bin/jangada client 127.0.0.1".`,
    );
  }
  return host;
}

function assertNamed(host: string, certificate: X509Certificate): void {
  if (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) return;
  throw wrong(`The platform's certificate is not good for ${host}. Start it with JANGADA_HOST=${host} bin/jangada up.`);
}

function wrong(sentence: string): PlatformError {
  return new PlatformError('invalid_params', sentence);
}
