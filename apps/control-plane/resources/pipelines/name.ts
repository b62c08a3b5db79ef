import { isPipelineName } from '@jangada/core';
import { isPlatformError, PlatformError } from '@jangada/platform-api';

/** Throws `invalid_params` with the reason. */
export function requirePipelineName(name: string): string {
  if (isPipelineName(name)) return name;
  throw new PlatformError(
    'invalid_params',
    'The name of a pipeline starts with a letter and has 3 to 30 lowercase letters, digits and dashes.',
  );
}

/** Tells of a name that somebody else has; every other error stays as it is. */
export function nameTaken(error: unknown, name: string): unknown {
  if (!isPlatformError(error, 'conflict')) return error;
  return new PlatformError('invalid_params', `There is already a pipeline ${name}. Choose another name.`);
}
