import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createCommands } from '../kit/commands.ts';
import type { Runtime } from '../kit/runtime.ts';
import { UNREACHABLE } from './failures.ts';
import { webCommand } from './maven.ts';

/** Archives that stand beside the app's own. */
const BESIDE = /-(sources|javadoc|tests|plain)\.jar$|^original-/;

/** The archive in these folders that can be started by itself, relative to the app; null when there is none, or more than one. */
export async function findStartable(app: string, folders: readonly string[], java: Runtime): Promise<string | null> {
  const jars = folders
    .flatMap((folder) => globSync(`${folder}/*.jar`, { cwd: app }))
    .filter((path) => !BESIDE.test(basename(path)));
  const startable: string[] = [];
  for (const jar of jars) {
    if (/^Main-Class:/m.test(await manifestOf(join(app, jar), java))) startable.push(jar);
  }
  return startable.length === 1 ? (startable[0] as string) : null;
}

/** The archive's manifest; empty without one. `jar` unpacks into the folder that it runs in. */
async function manifestOf(jar: string, java: Runtime): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'manifest-'));
  const env = { PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: java.libraries };
  try {
    const commands = createCommands({ folder, env, unreachable: UNREACHABLE });
    await commands.read([`${java.prefix}/bin/jar`, 'xf', jar, 'META-INF/MANIFEST.MF']);
    const file = join(folder, 'META-INF/MANIFEST.MF');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What `bin/release` prints: a web process for an app without a Procfile. */
export function writeRelease(pack: string, jar: string | null, springBoot: boolean): void {
  const types = jar === null ? '' : `default_process_types:\n  web: ${webCommand(jar, springBoot)}\n`;
  writeFileSync(join(pack, 'release.yml'), `addons: []\n${types}`);
}
