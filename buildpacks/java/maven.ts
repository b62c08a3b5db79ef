type Settings = Readonly<Record<string, string>>;

/** What is there of Maven in an app. */
export interface MavenApp {
  /** The app brings a wrapper, which downloads the Maven of its choice. */
  readonly wrapper: boolean;
  /** `settings.xml` at the top of the app. */
  readonly settings: boolean;
}

/**
 * argv of the build (builds 10). `program`: of the server's Maven. `downloaded`: place of the file behind `MAVEN_SETTINGS_URL`.
 */
export function mavenCommand(
  app: MavenApp,
  env: Settings,
  places: { readonly program: string; readonly repository: string; readonly downloaded: string },
): readonly string[] {
  const settings =
    env['MAVEN_SETTINGS_PATH'] ||
    (env['MAVEN_SETTINGS_URL'] ? places.downloaded : null) ||
    (app.settings ? 'settings.xml' : null);
  return [
    ...(app.wrapper ? ['sh', './mvnw'] : [places.program]),
    '-B',
    `-Dmaven.repo.local=${places.repository}`,
    ...(settings === null ? [] : ['-s', settings]),
    ...words(env['MAVEN_CUSTOM_OPTS'] ?? '-DskipTests'),
    ...words(env['MAVEN_CUSTOM_GOALS'] ?? 'clean dependency:list install'),
  ];
}

/** What pom.xml tells about how the app starts. */
export function isSpringBoot(pom: string): boolean {
  return /<artifactId>\s*spring-boot[\w-]*\s*<\/artifactId>/.test(pom);
}

/** The web process of an app without a Procfile. Spring Boot reads its port from a property. */
export function webCommand(jar: string, springBoot: boolean): string {
  return `java ${springBoot ? '-Dserver.port=$PORT ' : ''}$JAVA_OPTS -jar ${jar}`;
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
