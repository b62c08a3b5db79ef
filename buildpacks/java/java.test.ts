import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { chooseTask } from '../gradle/task.ts';
import { explainFailure } from './failures.ts';
import { isSpringBoot, mavenCommand, webCommand } from './maven.ts';
import { javaProfile } from './profile.ts';
import { readSystemProperties } from './properties.ts';

const places = { program: '/m/bin/mvn', repository: '/cache/repo', downloaded: '/cache/settings.xml' };

describe('system.properties', () => {
  test.each([
    [null, null],
    ['', null],
    ['java.runtime.version=21\n', '21'],
    ['# x\njava.runtime.version = 1.8', '8'],
    ['java.runtime.version=zulu-17.0.9', '17.0.9'],
    ['java.runtime.version=1.8.0_392', '8'],
  ])('%j asks for Java %j', (text, java) => {
    expect(readSystemProperties(text).java).toBe(java);
  });

  test('may name the Maven, and is refused when it makes no sense', () => {
    expect(readSystemProperties('maven.version=3.9.9').maven).toBe('3.9.9');
    expect(() => readSystemProperties('java.runtime.version=latest')).toThrow('java.runtime.version=21');
  });
});

describe('Maven', () => {
  test('is the wrapper’s when the app has one, otherwise the server’s', () => {
    expect(mavenCommand({ wrapper: true, settings: false }, {}, places).join(' ')).toBe(
      'sh ./mvnw -B -Dmaven.repo.local=/cache/repo -DskipTests clean dependency:list install',
    );
    expect(mavenCommand({ wrapper: false, settings: true }, {}, places).slice(0, 5)).toEqual([
      '/m/bin/mvn',
      '-B',
      '-Dmaven.repo.local=/cache/repo',
      '-s',
      'settings.xml',
    ]);
  });

  test('takes settings, options and goals from config vars', () => {
    const env = { MAVEN_CUSTOM_GOALS: 'package  -T2', MAVEN_CUSTOM_OPTS: '', MAVEN_SETTINGS_URL: 'http://x' };
    const argv = mavenCommand({ wrapper: false, settings: true }, env, places);
    expect(argv.slice(3)).toEqual(['-s', '/cache/settings.xml', 'package', '-T2']);
    expect(
      mavenCommand({ wrapper: false, settings: true }, { ...env, MAVEN_SETTINGS_PATH: 'm.xml' }, places),
    ).toContain('m.xml');
  });

  test('builds Spring Boot apps, which want their port as a property', () => {
    expect(isSpringBoot('<artifactId>spring-boot-starter-web</artifactId>')).toBe(true);
    expect(webCommand('target/a.jar', true)).toBe('java -Dserver.port=$PORT $JAVA_OPTS -jar target/a.jar');
    expect(webCommand('target/a.jar', false)).toBe('java $JAVA_OPTS -jar target/a.jar');
  });
});

test.each([
  ['task stage(dependsOn: x)', undefined, 'stage'],
  ["id 'org.springframework.boot'", undefined, 'bootJar'],
  ["id 'com.github.johnrengelman.shadow'", undefined, 'shadowJar'],
  ["id 'application'", undefined, 'installDist'],
  ['', 'build -x test', 'build -x test'],
])('Gradle of %j with GRADLE_TASK %j runs %s', (build, setting, tasks) => {
  expect(chooseTask(build, setting).argv.join(' ')).toBe(`sh ./gradlew ${tasks}`);
});

describe('the profile of a dyno', () => {
  const profiled = (env: Record<string, string>, print: string): string =>
    execFileSync('bash', ['-c', `${javaProfile('/libs')}\nprintf '%s' "${print}"`], {
      env: { PATH: process.env['PATH'] ?? '', HOME: '/app', ...env },
      encoding: 'utf8',
    });

  test('says how much memory Java takes, unless the app does', () => {
    expect(profiled({}, '$JAVA_OPTS')).toMatch(/^-Xmx\d+m/);
    expect(profiled({ JAVA_OPTS: '-Xmx99m' }, '$JAVA_OPTS|$JAVA_TOOL_OPTIONS')).toBe('-Xmx99m|-Dfile.encoding=UTF-8');
    expect(profiled({ JAVA_TOOL_OPTIONS: '-Da=b' }, '$JAVA_TOOL_OPTIONS')).toMatch(
      /-Xmx\d+m .*-Dfile.encoding=UTF-8 -Da=b$/,
    );
  });

  test('has the database for JDBC and Spring', () => {
    const env = { DATABASE_URL: 'postgres://u:p%20w@db.example:5432/shop?sslmode=require' };
    expect(profiled(env, '$JDBC_DATABASE_URL')).toBe(
      'jdbc:postgresql://db.example:5432/shop?user=u&password=p%20w&sslmode=require',
    );
    expect(profiled(env, '$SPRING_DATASOURCE_USERNAME $JDBC_DATABASE_PASSWORD')).toBe('u p%20w');
    expect(profiled({ ...env, DISABLE_SPRING_DATASOURCE_URL: 'true' }, '$SPRING_DATASOURCE_URL')).toBe('');
    expect(profiled({ HEROKU_POSTGRESQL_RED_URL: 'postgres://u:p@h/d' }, '$HEROKU_POSTGRESQL_RED_JDBC_URL')).toBe(
      'jdbc:postgresql://h/d?user=u&password=p',
    );
    expect(profiled({ DATABASE_URL: 'sqlite:x.db', SITE_URL: 'https://x' }, '$JDBC_DATABASE_URL|$SITE_JDBC_URL')).toBe(
      '|',
    );
  });
});

test.each([
  ['[ERROR] error: release version 25 not supported', /another Java \(25\)/],
  ["Task 'stage' not found in root project", /GRADLE_TASK/],
  ['[ERROR] Could not find artifact a:b:jar:1 in central', /none of the repositories/],
])('%s is explained', (line, message) => {
  expect(explainFailure([line]).join(' ')).toMatch(message);
});
