import { slugSizeText } from './transcript.ts';

/** Why there is no slug. */
export type BuildFailure =
  /** No built-in buildpack wants the app. */
  | { readonly kind: 'no_language' }
  /** A buildpack of the list does not want the app. */
  | { readonly kind: 'not_compatible'; readonly buildpack: string }
  | { readonly kind: 'buildpack_unavailable'; readonly buildpack: string; readonly reason: string }
  /** `app`: what detect said, for example `Node.js`. */
  | { readonly kind: 'compile_failed'; readonly app: string }
  | { readonly kind: 'release_failed'; readonly app: string }
  /** The source could not be unpacked. */
  | { readonly kind: 'bad_source'; readonly reason: string }
  | { readonly kind: 'source_too_large' }
  | { readonly kind: 'submodule_unavailable'; readonly path: string; readonly reason: string }
  | { readonly kind: 'bad_procfile'; readonly reason: string }
  /** A heroku.yml, or what it names. One sentence each. */
  | { readonly kind: 'bad_manifest'; readonly reasons: readonly string[] }
  /** `reason`: what BuildKit said. */
  | { readonly kind: 'dockerfile_failed'; readonly type: string; readonly dockerfile: string; readonly reason: string }
  | { readonly kind: 'timed_out'; readonly app: string | null; readonly minutes: number }
  | { readonly kind: 'out_of_memory'; readonly app: string | null }
  | { readonly kind: 'slug_too_large'; readonly bytes: number; readonly limit: number }
  | { readonly kind: 'disk_full'; readonly reason: string }
  | { readonly kind: 'cancelled' }
  /** Something of the platform's: `reason` tells the operator, `reference` is in the platform's log. */
  | { readonly kind: 'platform'; readonly reason: string };

/** What the pusher reads, ending in ` !     Push failed` (builds 6.3). */
export function buildFailureLines(failure: BuildFailure): readonly string[] {
  const lines = reasonLines(failure);
  return [...lines, ...(lines.at(-1)?.startsWith(' !') ? [' !'] : []), ' !     Push failed'];
}

/** The failure in one sentence, for the build's record. */
export function buildFailureSentence(failure: BuildFailure): string {
  return (reasonLines(failure)[0] ?? '').replace(/^ !\s+|^-----> /, '');
}

function reasonLines(failure: BuildFailure): readonly string[] {
  switch (failure.kind) {
    case 'no_language':
      return [
        ' !     No default language could be detected for this app.',
        '\t\t\tHINT: This occurs when Heroku cannot detect the buildpack to use for this application automatically.',
        '\t\t\tSee https://devcenter.heroku.com/articles/buildpacks',
      ];
    case 'not_compatible':
      return [
        `-----> App not compatible with buildpack: ${failure.buildpack}`,
        '       More info: https://devcenter.heroku.com/articles/buildpacks#detection-failure',
      ];
    case 'buildpack_unavailable':
      return [` !     Push rejected, buildpack ${failure.buildpack} could not be fetched. ${failure.reason}`];
    case 'compile_failed':
      return [` !     Push rejected, failed to compile ${failure.app} app.`];
    case 'release_failed':
      return [` !     Push rejected, bin/release of the ${failure.app} buildpack failed.`];
    case 'bad_source':
      return [` !     Push rejected, the source could not be unpacked. ${failure.reason}`];
    case 'source_too_large':
      return [
        ' !     Push rejected, the source is too large when it is unpacked.',
        ' !     Keep large files in a store of their own, and out of the repository.',
      ];
    case 'submodule_unavailable':
      return [
        ` !     Push rejected, the submodule ${failure.path} could not be fetched. ${failure.reason}`,
        ' !     Builds fetch over http and https, without a password. Commit its files instead, or use another URL.',
      ];
    case 'bad_procfile':
      return [` !     Push rejected, the Procfile has an error. ${failure.reason}`];
    case 'bad_manifest': {
      const [first, ...rest] = failure.reasons;
      const isNamed = first?.startsWith('There is neither') ?? false;
      const subject = isNamed ? '' : 'the heroku.yml has an error. ';
      return [` !     Push rejected, ${subject}${first}`, ...rest.map((reason) => ` !     ${reason}`)];
    }
    case 'dockerfile_failed':
      return [
        ` !     Push rejected, the image of ${failure.type} (${failure.dockerfile}) could not be built. ${failure.reason}`,
        ...(/exit code: 137\b/.test(failure.reason)
          ? [' !     A step was killed: it needs more memory than builds have here.']
          : []),
      ];
    case 'timed_out':
      return [` !     Timed out compiling ${failure.app ?? 'the'} app (${failure.minutes} minutes).`];
    case 'out_of_memory':
      return [
        ` !     Push rejected, the build of the ${failure.app ? `${failure.app} ` : ''}app ran out of memory.`,
        ' !     Use less memory while building, or ask the operator to raise the limit of builds.',
      ];
    case 'slug_too_large':
      return [
        ` !     Compiled slug size: ${slugSizeText(failure.bytes)} is too large (max is ${slugSizeText(failure.limit)}).`,
        ' !     Leave out what the app does not need to run with a .slugignore file.',
      ];
    case 'disk_full':
      return [` !     Push rejected, the platform has too little disk space to build. ${failure.reason}`];
    case 'cancelled':
      return [' !     Push rejected, the build was cancelled.'];
    case 'platform':
      return [` !     Push rejected, the platform could not run the build. ${failure.reason}`];
  }
}
