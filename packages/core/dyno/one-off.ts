import type { Dyno } from './dyno.ts';

/** Numbers of one-off dynos (behaviour 1.6): four digits, so that they never meet those of a formation. */
export const ONE_OFF_NUMBERS = { min: 1000, max: 9999 } as const;

/** Types that are never part of a formation's dynos although a Procfile may name them. */
export function runsInFormation(type: string): boolean {
  return type !== 'release';
}

/** Whether a dyno was started beside the formation and ends for good when its process exits. Its type may be any. */
export function isOneOff({ number }: Pick<Dyno, 'number'>): boolean {
  return number >= ONE_OFF_NUMBERS.min;
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
