import { PlatformError } from '@jangada/platform-api';

/** The operating system's code of an error: `ENOENT`, `ENOSPC` … */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** A write error in the platform's words where it has some. */
export function translateWriteError(error: unknown): unknown {
  const code = codeOf(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new PlatformError('disk_full', 'The disk is full. Free some space on the server, then try again.', {
    cause: error,
  });
}

/** Ids become file names, so they are letters, digits, dashes and underscores only. */
export function isName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(text);
}

/** The name itself. Throws `invalid_params` when it cannot be one. */
export function checkName(name: string): string {
  if (isName(name)) return name;
  throw new PlatformError(
    'invalid_params',
    `"${name}" cannot be the id of a log or stream: use letters, digits and dashes.`,
  );
}
