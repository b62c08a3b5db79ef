/** Which task builds the app, without its tests, as on Heroku: `GRADLE_TASK`, `stage`, or what Spring Boot and Shadow have. */
export function chooseTask(
  build: string,
  setting: string | undefined,
): { readonly argv: readonly string[]; readonly springBoot: boolean } {
  const springBoot = /org\.springframework\.boot/.test(build);
  const given = (setting ?? '').split(/\s+/).filter((word) => word !== '');
  return { argv: ['sh', './gradlew', ...(given.length > 0 ? given : tasksOf(build, springBoot))], springBoot };
}

function tasksOf(build: string, springBoot: boolean): readonly string[] {
  if (/\bstage\b/.test(build)) return ['stage'];
  if (springBoot) return ['bootJar'];
  if (/shadow/.test(build)) return ['shadowJar'];
  if (/\bapplication\b/.test(build)) return ['installDist'];
  return ['stage'];
}
