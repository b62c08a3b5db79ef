import { BuildError } from '../kit/build-error.ts';

/** What `system.properties` asks for, in the form of semver; null when it does not say. */
export interface WantedJava {
  readonly java: string | null;
  readonly maven: string | null;
}

/** `text`: of the file; null without one. Throws BuildError when a version cannot be read. */
export function readSystemProperties(text: string | null): WantedJava {
  const value = (name: string): string | null =>
    new RegExp(`^\\s*${name.replaceAll('.', '\\.')}\\s*[=:]\\s*(\\S+)`, 'm').exec(text ?? '')?.[1] ?? null;
  const java = value('java.runtime.version');
  return { java: java === null ? null : javaRange(java), maven: value('maven.version') };
}

/** `21`, `1.8`, `21.0.2`, with or without the name of a vendor as on Heroku: `zulu-21`, `openjdk-17`, `heroku-21`. */
function javaRange(version: string): string {
  const plain = version
    .replace(/^(?:openjdk|zulu|heroku)-/, '')
    .replace(/^1\.8\.0_\d+$/, '8')
    .replace(/^1\.(?=\d)/, '');
  if (/^\d+(\.\d+)*$/.test(plain)) return plain.split('.').slice(0, 3).join('.');
  throw new BuildError(
    `java.runtime.version in system.properties is no version of Java: ${version.slice(0, 60)}`,
    'Write the major version, for example: java.runtime.version=21',
  );
}
