import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import { createCommands } from '../kit/commands.ts';
import { inheritedEnvironment, readConfigVars } from '../kit/environment.ts';
import { heading, runCompile } from '../kit/output.ts';
import { requestRuntime } from '../kit/runtime.ts';
import { explainFailure, UNREACHABLE } from './failures.ts';
import { findStartable, writeRelease } from './jars.ts';
import { installJava, javaEnvironment, writeProfiles, writeTrustStore } from './jdk.ts';
import { isSpringBoot, mavenCommand } from './maven.ts';

const [pack, app, cache, envFolder] = process.argv.slice(2) as [string, string, string, string];

await runCompile(compile);

/** The build of a Java app with Maven, in Heroku's order (builds 10). */
async function compile(): Promise<void> {
  const configVars = readConfigVars(envFolder);
  const { jdk, wanted } = await installJava(app);
  const wrapper = existsSync(join(app, 'mvnw')) && existsSync(join(app, '.mvn/wrapper/maven-wrapper.properties'));
  const maven = wrapper ? null : await requestRuntime('maven', wanted.maven);
  if (maven) heading(`Installing Maven ${maven.version}`);
  const trustStore = await writeTrustStore(app, cache, jdk, join(import.meta.dirname, 'TrustStore.java'));
  const given = javaEnvironment(inheritedEnvironment(process.env), configVars, jdk, trustStore);
  const env: Readonly<Record<string, string>> = {
    MAVEN_OPTS: configVars['MAVEN_JAVA_OPTS'] ?? '-Xmx1024m',
    MAVEN_USER_HOME: `${cache}/maven`,
    ...given,
  };
  const commands = createCommands({ folder: app, env, unreachable: UNREACHABLE, explain: explainFailure });

  const downloaded = join(cache, 'maven-settings.xml');
  if (env['MAVEN_SETTINGS_URL']) await fetchSettings(env['MAVEN_SETTINGS_URL'], downloaded);
  const places = { program: `${maven?.prefix}/bin/mvn`, repository: `${cache}/maven/repository`, downloaded };
  const argv = mavenCommand({ wrapper, settings: existsSync(join(app, 'settings.xml')) }, env, places);
  heading('Executing Maven');
  await commands.run(argv);

  const pom = existsSync(join(app, 'pom.xml')) ? readFileSync(join(app, 'pom.xml'), 'utf8') : '';
  writeRelease(pack, await findStartable(app, ['target', '*/target'], jdk), isSpringBoot(pom));
  writeProfiles(app, pack, jdk);
  heading('Build succeeded!');
}

async function fetchSettings(url: string, into: string): Promise<void> {
  const content = await fetch(url, { signal: AbortSignal.timeout(30_000) })
    .then((response) => (response.ok ? response.text() : null))
    .catch(() => null);
  if (content === null)
    throw new BuildError(`The settings of Maven cannot be downloaded from ${url} (MAVEN_SETTINGS_URL).`);
  writeFileSync(into, content, { mode: 0o600 });
}
