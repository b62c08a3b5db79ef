import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import { createCommands } from '../kit/commands.ts';
import { detail, heading, warning } from '../kit/output.ts';
import { linkRuntime, type Runtime, requestRuntime } from '../kit/runtime.ts';
import { UNREACHABLE } from './failures.ts';
import { exportFile, javaProfile } from './profile.ts';
import { readSystemProperties, type WantedJava } from './properties.ts';

/** The Java of a build, and what of it goes into the slug. */
export interface Java {
  readonly jdk: Runtime;
  readonly wanted: WantedJava;
}

const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/** Gets the JDK; the app runs on the smaller JRE of the same version, when there is one. */
export async function installJava(app: string): Promise<Java> {
  const file = join(app, 'system.properties');
  const wanted = readSystemProperties(existsSync(file) ? readFileSync(file, 'utf8') : null);
  const jdk = await requestJdk(wanted.java);
  heading(`Installing Java ${jdk.version}`);
  if (wanted.java === null) {
    detail(
      `No version is specified. To keep to it, write into system.properties: java.runtime.version=${major(jdk.version)}`,
    );
  }
  const run = jdk.origin === 'stack' ? await requestRuntime('jre', `${major(jdk.version)}`) : jdk;
  linkRuntime(app, run, '.heroku/jdk');
  return { jdk, wanted };
}

/** A patch level that is not there is replaced by another of its line: those differ by fixes only. */
async function requestJdk(version: string | null): Promise<Runtime> {
  try {
    return await requestRuntime('java', version);
  } catch (error) {
    if (version === null || !version.includes('.') || !(error instanceof BuildError)) throw error;
    const other = await requestRuntime('java', version.split('.')[0] as string).catch(() => null);
    if (!other) throw error;
    warning(`Java ${version} is not on this server: ${other.version} of the same line is used.`);
    return other;
  }
}

/** The certificates of the image, and those that the operator adds to it, in the form that Java reads. Made once for each bundle. */
export async function writeTrustStore(app: string, cache: string, java: Runtime, program: string): Promise<string> {
  const place = join(app, '.heroku/java/cacerts');
  mkdirSync(join(app, '.heroku/java'), { recursive: true });
  if (!existsSync(BUNDLE)) return place;
  const digest = createHash('sha256').update(readFileSync(BUNDLE)).digest('hex').slice(0, 16);
  const kept = join(cache, `java-cacerts-${digest}`);
  if (!existsSync(kept)) {
    const commands = createCommands({ folder: app, env: { PATH: '/usr/bin:/bin' }, unreachable: UNREACHABLE });
    await commands.run([`${java.prefix}/bin/java`, program, BUNDLE, kept]);
  }
  copyFileSync(kept, place);
  return place;
}

/** What dynos and later buildpacks source. */
export function writeProfiles(app: string, pack: string, java: Runtime): void {
  const folder = join(app, '.profile.d');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'jvmcommon.sh'), javaProfile(java.libraries));
  writeFileSync(join(pack, 'export'), exportFile(app, java));
}

/** What Maven, Gradle and what they start find in their environment. */
export function javaEnvironment(
  inherited: Readonly<Record<string, string>>,
  configVars: Readonly<Record<string, string>>,
  java: Runtime,
  trustStore: string,
): Readonly<Record<string, string>> {
  const given = { ...inherited, ...configVars };
  const trust = existsSync(trustStore) ? [`-Djavax.net.ssl.trustStore=${trustStore}`] : [];
  return {
    ...given,
    JAVA_HOME: java.prefix,
    JAVA_TOOL_OPTIONS: ['-Dfile.encoding=UTF-8', ...trust, given['JAVA_TOOL_OPTIONS'] ?? ''].join(' ').trim(),
    LD_LIBRARY_PATH: java.libraries,
    PATH: `${java.prefix}/bin:${given['PATH'] ?? ''}`,
  };
}

function major(version: string): number {
  return Number(version.split('.')[0]);
}
