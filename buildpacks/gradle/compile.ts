import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainFailure, UNREACHABLE } from '../java/failures.ts';
import { findStartable, writeRelease } from '../java/jars.ts';
import { installJava, javaEnvironment, writeProfiles, writeTrustStore } from '../java/jdk.ts';
import { BuildError } from '../kit/build-error.ts';
import { createCommands } from '../kit/commands.ts';
import { inheritedEnvironment, readConfigVars } from '../kit/environment.ts';
import { heading, runCompile } from '../kit/output.ts';
import { chooseTask } from './task.ts';

const [pack, app, cache, envFolder] = process.argv.slice(2) as [string, string, string, string];

await runCompile(compile);

/** The build of a Java app with its Gradle wrapper, in Heroku's order (builds 10). */
async function compile(): Promise<void> {
  if (!existsSync(join(app, 'gradlew'))) {
    throw new BuildError(
      'There is no gradlew: this server has no Gradle of its own.',
      'Run gradle wrapper, commit gradlew and the folder gradle, and push again.',
    );
  }
  const configVars = readConfigVars(envFolder);
  const { jdk } = await installJava(app);
  const trustStore = await writeTrustStore(app, cache, jdk, join(import.meta.dirname, '../java/TrustStore.java'));
  const given = javaEnvironment(inheritedEnvironment(process.env), configVars, jdk, trustStore);
  const env = { GRADLE_OPTS: '-Xmx1024m -Dorg.gradle.daemon=false', ...given, GRADLE_USER_HOME: `${cache}/gradle` };
  const commands = createCommands({ folder: app, env, unreachable: UNREACHABLE, explain: explainFailure });

  const build = ['build.gradle', 'build.gradle.kts'].map(readText).join('\n');
  const { argv, springBoot } = chooseTask(build, configVars['GRADLE_TASK']);
  heading('Building Gradle app...');
  heading(`executing ${argv.join(' ')}`);
  await commands.run(argv);

  writeRelease(pack, await findStartable(app, ['build/libs', '*/build/libs'], jdk), springBoot);
  writeProfiles(app, pack, jdk);
  heading('Build succeeded!');
}

function readText(name: string): string {
  return existsSync(join(app, name)) ? readFileSync(join(app, name), 'utf8') : '';
}
