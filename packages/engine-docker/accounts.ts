/** Text of an image's own `/etc/passwd` and `/etc/group`. Null: it is not to be touched (no plain file, or a huge one). */
export interface ImageAccounts {
  readonly passwd: string | null;
  readonly group: string | null;
}

/** What an image without accounts gets, so that files of root's have an owner with a name. */
export const NO_ACCOUNTS: ImageAccounts = { passwd: 'root:x:0:0:root:/root:/sbin/nologin\n', group: 'root:x:0:\n' };

/** Group of every dyno, as on Heroku. */
const GROUP = 'dyno';

/** The image's users and the dyno's: `u` and its number, at home in `/app`, as on Heroku (passwd(5)). */
export function passwdWith(theirs: string, uid: number, shell: string): string {
  const name = `u${uid}`;
  return [...linesBut(theirs, name, uid), `${name}:x:${uid}:${uid}::/app:${shell}`, ''].join('\n');
}

/** The image's groups and the dyno's. The stack image calls the group of builds `dyno` too: a name is one group's only. */
export function groupWith(theirs: string, uid: number): string {
  return [...linesBut(theirs, GROUP, uid), `${GROUP}:x:${uid}:`, ''].join('\n');
}

/** All lines but those of this name or id. */
function linesBut(text: string, name: string, id: number): readonly string[] {
  return text.split('\n').filter((line) => {
    const [theirName, , theirId] = line.split(':');
    return line.trim() !== '' && theirName !== name && Number(theirId) !== id;
  });
}
