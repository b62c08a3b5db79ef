import type { ImageInfo } from '../ports/images.ts';
import { type ProcessImage, processOfImage } from '../slug/process-image.ts';
import type { HerokuYml } from './heroku-yml.ts';

/** What an app made of images can run. */
export interface ImageTypes {
  readonly images: Readonly<Record<string, ProcessImage>>;
  /** Commands as people read them. */
  readonly processTypes: Readonly<Record<string, string>>;
}

/** Process type of the release phase. */
const RELEASE = 'release';

/**
 * The process types of a heroku.yml whose images are built (by the type they are built for). A type of `run` that is not built
 * runs the image of `web`, or the only one there is. An image built for `release` is one for the `release` section; without
 * that section its CMD is the release command. What is wrong comes as sentences in `errors`.
 */
export function imageTypes(
  { run, release }: Pick<HerokuYml, 'run' | 'release'>,
  built: Readonly<Record<string, ImageInfo>>,
): ImageTypes & { readonly errors: readonly string[] } {
  const errors: string[] = [];
  const images: Record<string, ProcessImage> = {};
  const processTypes: Record<string, string> = {};
  const only = Object.keys(built).length === 1 ? Object.values(built)[0] : undefined;
  const add = (type: string, from: string | null, command: string | null): void => {
    const info = built[from ?? type] ?? built['web'] ?? only;
    if (info === undefined) {
      errors.push(
        `"${type}" has no image. Say in "${type === RELEASE ? RELEASE : `run.${type}`}" which image it runs.`,
      );
      return;
    }
    const { image, text } = processOfImage(info, command);
    if (text === '')
      errors.push(`The image of "${type}" has no CMD. Add one to its Dockerfile, or a command in the heroku.yml.`);
    images[type] = image;
    processTypes[type] = text;
  };
  for (const type of Object.keys(built)) {
    if (type !== RELEASE && !Object.hasOwn(run, type)) add(type, type, null);
  }
  for (const [type, entry] of Object.entries(run)) add(type, entry.image, entry.command);
  if (release !== null) add(RELEASE, release.image, release.command);
  else if (Object.hasOwn(built, RELEASE)) add(RELEASE, RELEASE, null);
  return { images, processTypes, errors };
}
