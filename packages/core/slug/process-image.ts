import type { Digest } from '../ports/blob-store.ts';
import type { ImageInfo } from '../ports/images.ts';

/** What one process type of a container app runs. */
export interface ProcessImage {
  readonly imageId: Digest;
  /** Shell text in the place of the image's CMD; null: the image's own ENTRYPOINT and CMD. */
  readonly command: string | null;
}

/** Process type whose image one-off dynos run. */
const ONE_OFF_IMAGE = 'web';

/** The image of a process type; a one-off has that of `web`, or of the first type there is. */
export function imageOf(images: Readonly<Record<string, ProcessImage>>, type: string): ProcessImage | null {
  const own = Object.hasOwn(images, type) ? images[type] : undefined;
  return own ?? images[ONE_OFF_IMAGE] ?? Object.values(images)[0] ?? null;
}

/**
 * What a process type that runs `image` is, and its command as people read it. `command`: of the heroku.yml; null: the
 * image's own. A CMD in exec form that names a variable goes through the shell when there is no ENTRYPOINT, because on Heroku
 * every CMD does and such images count on it; any other CMD runs as it is, so that images without a shell work.
 */
export function processOfImage(
  { imageId, entrypoint, cmd }: ImageInfo,
  command: string | null,
): { readonly image: ProcessImage; readonly text: string } {
  if (command !== null) return { image: { imageId, command }, text: command };
  const text = commandText([...entrypoint, ...cmd]);
  const needsShell = entrypoint.length === 0 && !isShellForm(cmd) && cmd.some((word) => word.includes('$'));
  return { image: { imageId, command: needsShell ? cmd.join(' ') : null }, text };
}

/** argv that takes the place of the image's CMD; empty to leave it. */
export function imageCommand({ command }: ProcessImage): readonly string[] {
  return command === null ? [] : shellCommand(command);
}

/** argv of a one-off dyno in an image. */
export function shellCommand(command: string): readonly string[] {
  return ['/bin/sh', '-c', command];
}

/** An argv as a person would write it. */
export function commandText(argv: readonly string[]): string {
  if (isShellForm(argv)) return argv[2] ?? '';
  return argv.map((word) => (/^[\w./:=@%+,$-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

function isShellForm(argv: readonly string[]): boolean {
  return argv.length === 3 && /^\/bin\/(ba)?sh$/.test(argv[0] ?? '') && argv[1] === '-c';
}
