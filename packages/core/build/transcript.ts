import { CONTAINER_STACK } from '../app/app.ts';
import type { BuildPhase } from './build.ts';

/**
 * The lines that a person who pushes reads, exactly as builds 6.2 and 6.3 have them, without git's `remote: `. Each function
 * returns whole lines without line ends.
 */

/** What precedes a build that was pushed. `paths`: files of the commit. */
export function pushHeadingLines(push: { readonly paths: number; readonly commit: string }): readonly string[] {
  return [
    `Updated ${push.paths} ${push.paths === 1 ? 'path' : 'paths'} from ${push.commit.slice(0, 7)}`,
    'Compressing source files... done.',
    'Building source:',
    '',
  ];
}

/** A notice for a heroku.yml that counts for nothing on the app's stack. */
export function unusedManifestLines(stack: string, topFiles: readonly string[]): readonly string[] {
  if (stack === CONTAINER_STACK || !topFiles.includes('heroku.yml')) return [];
  return [
    ` !     The heroku.yml is not used on the ${stack} stack. To build the images that it names:`,
    ' !     heroku stack:set container',
  ];
}

/** The first lines of a build. `buildpacks` as displayed; empty means they are detected. */
export function buildHeadingLines(stack: string, buildpacks: readonly string[]): readonly string[] {
  const heading = `-----> Building on the ${stackTitle(stack)} stack`;
  if (buildpacks.length === 0) return [heading, '-----> Determining which buildpack to use for this app'];
  if (buildpacks.length === 1) return [heading, `-----> Using buildpack: ${buildpacks[0]}`];
  return [heading, '-----> Using buildpacks:', ...buildpacks.map((name, index) => `       ${index + 1}. ${name}`)];
}

/** `heroku-24` is `Heroku-24`. */
export function stackTitle(stack: string): string {
  return stack.charAt(0).toUpperCase() + stack.slice(1);
}

export const BUILD_SUCCEEDED_LINE = '-----> Build succeeded!';

/** What the app can run. `procfile` null: it has none. `defaults`: the buildpack's types that the Procfile does not declare. */
export function processTypeLines(
  procfile: Readonly<Record<string, string>> | null,
  defaults: Readonly<Record<string, string>>,
): readonly string[] {
  const declared = typeList(procfile ?? {});
  const added = typeList(Object.fromEntries(Object.entries(defaults).filter(([type]) => !hasType(procfile, type))));
  const heading = '-----> Discovering process types';
  if (declared !== '' && added === '') return [heading, `       Procfile declares types -> ${declared}`, ''];
  return [
    heading,
    `       Procfile declares types     -> ${declared || '(none)'}`,
    ...(added === '' ? [] : [`       Default types for buildpack -> ${added}`]),
    '',
  ];
}

export const COMPRESSING_LINE = '-----> Compressing...';

export function compressedLine(slugBytes: number): string {
  return `       Done: ${slugSizeText(slugBytes)}`;
}

/** `36.5M`; below one megabyte whole kilobytes: `172K`. */
export function slugSizeText(bytes: number): string {
  const megabyte = 1024 * 1024;
  return bytes < megabyte ? `${Math.max(1, Math.ceil(bytes / 1024))}K` : `${(bytes / megabyte).toFixed(1)}M`;
}

/** The new release, with the notice that it waits when there is a release command. `url` ends with a slash. */
export function launchLines(release: {
  readonly version: number;
  readonly url: string;
  readonly hasReleaseCommand: boolean;
}): readonly string[] {
  return [
    '-----> Launching...',
    ...(release.hasReleaseCommand
      ? [' !     Release command declared: this new release will not be available until the command succeeds.']
      : []),
    `       Released v${release.version}`,
    `       ${release.url} deployed to Heroku`,
    '',
  ];
}

/** Where the time of a build went; nothing when it is not known. In one line and in order, or a line each, slowest first. */
export function phaseLines(phases: readonly BuildPhase[], order: 'in-order' | 'slowest-first'): readonly string[] {
  if (phases.length === 0) return [];
  if (order === 'slowest-first') {
    const slowest = phases.toSorted((one, other) => other.seconds - one.seconds);
    const lines = slowest.map(({ name, seconds }) => `       ${seconds.toFixed(1).padStart(7)} s  ${name}`);
    return ['       Where the time went:', ...lines];
  }
  const total = phases.reduce((sum, { seconds }) => sum + seconds, 0);
  const parts = phases.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)}`);
  return [`       Took ${total.toFixed(1)} s: ${parts.join(', ')}`];
}

export const VERIFIED_LINE = 'Verifying deploy... done.';

/** Before the output of the release command. */
export const RELEASE_COMMAND_LINES: readonly string[] = ['Running release command...', ''];

/** After the output of the release command. The push succeeds either way (builds 3). */
export function releaseCommandEndLine(succeeded: boolean): string {
  return `Waiting for release.... ${succeeded ? 'done' : 'failed'}.`;
}

/** The release stands, but its images are nowhere but on the engine. */
export function imagesNotKeptLines(reason: string): readonly string[] {
  return [
    ` !     The images of this release could not be stored beside the engine. ${reason}`,
    ' !     The release runs; the platform tries again within a day.',
  ];
}

/** The end of a push that was not taken, before git's own `! [remote rejected]`. */
export function pushRejectedLines(appName: string): readonly string[] {
  return ['', 'Verifying deploy...', '', `!\tPush rejected to ${appName}.`, ''];
}

/** The commit was built before and its release serves: nothing is built again. */
export function alreadyBuiltLines(commit: string): readonly string[] {
  return [
    ' !',
    ` ! ## Warning - The same version of this code has already been built: ${commit}`,
    ' !',
    ' ! Nothing was built: the app runs this commit already. To deploy something else, commit it first, or',
    ' ! push another branch with:',
    ' !',
    ' !     git push heroku <branch>:main',
    ' !',
  ];
}

function typeList(types: Readonly<Record<string, string>>): string {
  return Object.keys(types).sort().join(', ');
}

function hasType(types: Readonly<Record<string, string>> | null, type: string): boolean {
  return types !== null && Object.hasOwn(types, type);
}
