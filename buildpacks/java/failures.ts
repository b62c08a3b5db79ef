import { explainBy, type FailureHint } from '../kit/failure-hints.ts';

/** What Maven and Gradle say when their repositories are not to be reached. */
export const UNREACHABLE = {
  pattern:
    /UnknownHostException[^\n]*|Unknown host [\w.-]+|Name or service not known|Connection refused|Connect(?:ion)? timed out|Could not (?:GET|HEAD|transfer artifact)[^\n]{0,200}|Network is unreachable|PKIX path building failed|Failed to fetch|Could not resolve host/,
  advice: [
    'Maven: name a mirror in a settings.xml (in the app, or MAVEN_SETTINGS_URL as config var or in the build environment); a wrapper',
    'downloads Maven itself, from MVNW_REPOURL: without mvnw the Maven of this server is used.',
    'Gradle: the wrapper downloads Gradle from distributionUrl in gradle/wrapper/gradle-wrapper.properties; repositories are in the build file.',
  ],
};

const HINTS: readonly FailureHint[] = [
  [
    /(?:release version|invalid target release:|Unsupported class file major version|invalid source release:) ?(\d+)/,
    [
      'The code is for another Java ($1). Set java.runtime.version in system.properties; what this server has is in the message for a wrong one.',
    ],
  ],
  [
    /COMPILATION ERROR|Compilation failed/,
    ['The code does not compile: see the lines above. Try it with the Java of system.properties.'],
  ],
  [
    /There are test failures/,
    ['Tests have failed. MAVEN_CUSTOM_OPTS replaces -DskipTests: add it again to leave them out.'],
  ],
  [
    /Task '([^']+)' not found/,
    [
      'The build file has no task $1. Add a task "stage" that depends on what makes the app, or set the config var GRADLE_TASK.',
    ],
  ],
  [
    /Could not find or load main class org\.gradle\.wrapper|gradle-wrapper\.jar/,
    ['gradle/wrapper/gradle-wrapper.jar is missing: commit it (git add -f).'],
  ],
  [
    /OutOfMemoryError|GC overhead/,
    ['Java ran out of memory. MAVEN_OPTS or GRADLE_OPTS with -Xmx says how much it may use.'],
  ],
  [
    /Could not find artifact (\S+)|Could not find (\S+:\S+:\S+)\./,
    ['A library is in none of the repositories. Correct its version, or add its repository.'],
  ],
];

/** What the first known trouble in the output means, as lines for the person. */
export function explainFailure(output: readonly string[]): readonly string[] {
  return explainBy(HINTS, output);
}
