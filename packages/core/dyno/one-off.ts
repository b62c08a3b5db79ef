/** Process types that a person or the platform starts, beside the formation. */
const ONE_OFF_TYPES = new Set(['run', 'release', 'scheduler', 'console', 'rake']);

/** Types that are never part of a formation's dynos although a Procfile may name them. */
export function runsInFormation(type: string): boolean {
  return type !== 'release';
}

/** Whether a dyno of this type ends for good when its process exits. */
export function isOneOff(type: string): boolean {
  return ONE_OFF_TYPES.has(type);
}

/**
 * The shell command of a one-off: when the first word is a process type of the slug, its command stands for it and the
 * rest is appended (`heroku run worker --verbose`; behaviour 1.6).
 */
export function oneOffCommand(command: string, processTypes: Readonly<Record<string, string>>): string {
  const [, first = '', rest = ''] = /^\s*(\S+)(.*)$/s.exec(command) ?? [];
  const typeCommand = Object.hasOwn(processTypes, first) ? processTypes[first] : undefined;
  return typeCommand === undefined ? command : `${typeCommand}${rest}`;
}
