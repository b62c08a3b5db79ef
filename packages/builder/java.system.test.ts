import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Files, failureOf, openTestBuilder, type TestBuilder } from './test-builder.ts';

const example = fileURLToPath(new URL('../../examples/java-hello', import.meta.url));
const POM =
  '<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId><version>1</version>';
let under: TestBuilder;

beforeAll(async () => {
  under = await openTestBuilder();
  await under.makeStack();
});
afterAll(() => under.close());

describe('a Java app', () => {
  test('is built by its wrapper with a JDK, and runs its archive on the smaller JRE with the memory of the dyno', async () => {
    const { result, output } = await under.build(example, { appId: 'hello' });
    expect(failureOf(result), output).toBe('built');
    expect(output.split('\n')).toEqual(
      expect.arrayContaining([
        '-----> Java app detected',
        expect.stringMatching(/^-----> Installing Java 21\.\d/),
        '-----> Executing Maven',
        '       Default types for buildpack -> web',
      ]),
    );
    expect(result).toMatchObject({
      buildpacks: ['heroku/java'],
      processTypes: { web: 'java $JAVA_OPTS -jar target/hello-1.0.jar' },
    });
    const seen = await under.run(
      result,
      `java $JAVA_OPTS -jar target/hello-1.0.jar > /dev/null 2> /tmp/err & for i in $(seq 1200); do curl -sf localhost:5000/ && break; sleep 0.1; done; kill %1
       head -n 1 /tmp/err; ls -L .heroku/jdk/bin | grep -c '^javac$'`,
    );
    expect(seen).toMatch(/^Hello from Java 21 with \d+ MB and \d{2,} certificates\.\n/);
    expect(seen).toMatch(/\nPicked up JAVA_TOOL_OPTIONS: -Xmx300m .*-Djavax.net.ssl.trustStore=/);
    expect(seen).toMatch(/\n0\n$/);
  });

  test('without a wrapper is built by the server’s Maven, with goals, options and settings of the app', async () => {
    const files: Files = {
      'pom.xml': `${POM}<packaging>pom</packaging></project>`,
      'system.properties': 'java.runtime.version=21\n',
      'settings.xml': '<settings><localRepository>/nowhere</localRepository></settings>',
    };
    const configVars = { MAVEN_CUSTOM_GOALS: 'validate', MAVEN_CUSTOM_OPTS: '-o -DskipTests' };
    const { result, output } = await under.build(files, {
      appId: 'maven',
      configVars,
    });
    expect(output).toContain('-----> Installing Maven 3.9.');
    expect(failureOf(result), output).toBe('built');
    expect(output).toContain('BUILD SUCCESS');
    const wrong = await under.build(files, { appId: 'maven', configVars: { MAVEN_CUSTOM_GOALS: 'clean' } });
    expect(failureOf(wrong.result)).toMatchObject({ kind: 'compile_failed' });
    expect(wrong.output).toContain('name a mirror in a settings.xml');
  });

  test.each<[string, Files, string]>([
    [
      'a Java that is not there',
      { 'pom.xml': POM, 'system.properties': 'java.runtime.version=1.7' },
      'No Java on this server matches "7". It has 21',
    ],
    ['an odd version', { 'pom.xml': POM, 'system.properties': 'java.runtime.version=new' }, 'Write the major version'],
    ['a build file of Gradle alone', { 'build.gradle': '' }, ' !     There is no gradlew'],
  ])('with %s fails and says why', async (_case, files, message) => {
    const { result, output } = await under.build(files, { appId: 'wrong' });
    expect(failureOf(result)).toMatchObject({ kind: 'compile_failed' });
    expect(output).toContain(message);
  });
});

describe('a Gradle app', () => {
  test('is built by its wrapper: the task stage, with its downloads kept for the next build', async () => {
    const files: Files = {
      'build.gradle': "plugins { id 'java' }\ntask stage(dependsOn: 'jar')\n",
      // In place of the real wrapper, which downloads Gradle.
      gradlew: 'echo "gradle $* in $GRADLE_USER_HOME with $(javac -version)"\nmkdir -p build/libs\n',
    };
    const { result, output } = await under.build(files, { appId: 'gradle' });
    expect(failureOf(result), output).toBe('built');
    expect(result).toMatchObject({ buildpackDescription: 'Gradle', processTypes: {} });
    expect(output).toMatch(/gradle stage in \/tmp\/codon\/tmp\/cache\/gradle with javac 21/);
  });
});
