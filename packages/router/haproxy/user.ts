import { chmod, chown, readFile } from 'node:fs/promises';

/** Whom HAProxy runs as. It parses what strangers send, so it must not be root. */
export interface HaproxyUser {
  readonly uid: number;
  readonly gid: number;
}

/** What Linux calls nobody. */
const NOBODY: HaproxyUser = { uid: 65_534, gid: 65_534 };

/** The user `haproxy` of the package, else nobody; null when this process is not root and cannot choose. */
export async function haproxyUser(): Promise<HaproxyUser | null> {
  if (process.getuid?.() !== 0) return null;
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, uid, gid] = /^haproxy:[^:]*:(\d+):(\d+):/m.exec(accounts) ?? [];
  return uid === undefined ? NOBODY : { uid: Number(uid), gid: Number(gid) };
}

/**
 * Lets HAProxy through the router's folder to the sockets of the Node side, and to nothing else: it cannot list the folder,
 * and every other file in it belongs to the user of this process.
 */
export async function admit(user: HaproxyUser | null, folder: string, sockets: readonly string[]): Promise<void> {
  if (!user) return;
  await chown(folder, process.getuid!(), user.gid);
  await chmod(folder, 0o710);
  for (const socket of sockets) await chown(socket, user.uid, user.gid);
}
