import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** Where Debian keeps programs for root; a shell's PATH may lack the `sbin` folders. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Absolute path of a program, or null. */
export async function findProgram(name: string, path = ''): Promise<string | null> {
  for (const folder of new Set([...path.split(':').filter(Boolean), ...SYSTEM_FOLDERS])) {
    const candidate = join(folder, name);
    if (await canRun(candidate)) return candidate;
  }
  return null;
}

/** A PATH in which the system's own programs are found. */
export function completePath(path: string | undefined): string {
  return [...new Set([...(path ?? '').split(':').filter(Boolean), ...SYSTEM_FOLDERS])].join(':');
}

function canRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
