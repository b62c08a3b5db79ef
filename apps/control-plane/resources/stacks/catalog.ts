import { nameUuid, PlatformError } from '@jangada/platform-api';

export interface Stack {
  readonly name: string;
  readonly isDefault: boolean;
}

export const DEFAULT_STACK = 'heroku-24';

/** What `heroku stack` lists. */
export const STACKS: readonly Stack[] = [
  { name: DEFAULT_STACK, isDefault: true },
  { name: 'container', isDefault: false },
];

/** The stack with this name or id. Throws `invalid_params`. */
export function requireStack(nameOrId: string): string {
  const stack = findStack(nameOrId);
  if (stack) return stack.name;
  const names = STACKS.map((candidate) => candidate.name).join(', ');
  throw new PlatformError('invalid_params', `Stack ${nameOrId} is not offered here. Choose one of: ${names}.`);
}

export function findStack(nameOrId: string): Stack | null {
  const matches = (stack: Stack): boolean => stack.name === nameOrId || stackId(stack.name) === nameOrId;
  return STACKS.find(matches) ?? null;
}

/** A stack as other resources refer to it. */
export function stackReference(name: string): { id: string; name: string } {
  return { id: stackId(name), name };
}

function stackId(name: string): string {
  return nameUuid(`stack:${name}`);
}
