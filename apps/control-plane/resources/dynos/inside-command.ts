import { bootCommand } from '@jangada/core';

/** argv of a shell command in a running dyno, prepared as at boot, with extra variables set. */
export function insideCommand(command: string, env: Readonly<Record<string, string>>): readonly string[] {
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return ['/usr/bin/env', ...assignments, ...bootCommand(command)];
}
