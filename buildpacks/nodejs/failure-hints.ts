import { explainBy, type FailureHint } from '../kit/failure-hints.ts';

/** What usually is the matter when installs and scripts say such things, and what to do. */
const HINTS: readonly FailureHint[] = [
  [
    /can only install (?:packages )?(?:when|with) .*(?:package-lock|npm-shrinkwrap|in sync)|npm ci.*in sync/,
    [
      'Outdated npm lockfile: package-lock.json does not match package.json.',
      'Run npm install, commit package-lock.json and push again.',
    ],
  ],
  [
    /Your lockfile needs to be updated|YN0028|lockfile would have been (?:modified|created)/,
    [
      'Outdated Yarn lockfile: yarn.lock does not match package.json.',
      'Run yarn install, commit yarn.lock and push again.',
    ],
  ],
  [
    /ERR_PNPM_OUTDATED_LOCKFILE|ERR_PNPM_LOCKFILE_CONFIG_MISMATCH/,
    [
      'Outdated pnpm lockfile: pnpm-lock.yaml does not match package.json.',
      'Run pnpm install, commit pnpm-lock.yaml and push again.',
    ],
  ],
  [
    /YN0056|archive is being fetched.* forbidden|cache entry required/i,
    ['A package is missing in .yarn/cache. Run yarn install, commit .yarn/cache and push again.'],
  ],
  [
    /ETARGET|No matching version found for|Couldn't find any versions for|ERR_PNPM_NO_MATCHING_VERSION/,
    ['A dependency is wanted in a version that does not exist. Correct it in package.json.'],
  ],
  [
    /code E404|404 Not Found|ERR_PNPM_FETCH_404|Package not found/,
    ['A package is not in the registry. Check its name; a private one needs its registry and token in .npmrc.'],
  ],
  [
    /code ERESOLVE/,
    ['Dependencies contradict each other. Run npm install, and correct what it says about peer dependencies.'],
  ],
  [
    /code EBADPLATFORM|ERR_PNPM_UNSUPPORTED_PLATFORM/,
    ['A dependency is for another operating system or processor. Move it to optionalDependencies.'],
  ],
  [
    /Host key verification failed|Permission denied \(publickey\)/,
    [
      'A dependency comes from a private git repository. Give it an https address with a token, or publish it to a registry.',
    ],
  ],
  [
    /heap out of memory/,
    ['Node.js ran out of memory. NODE_OPTIONS=--max_old_space_size=… says how many megabytes it may use (2560).'],
  ],
  [
    /gyp ERR! find Python|gyp ERR! stack Error: not found: make|make: (?:g\+\+|cc|gcc): (?:No such file|Command not found)/,
    [
      'A native module must be compiled, and this server has no compiler yet: the build layer of the stack is still being made.',
      'Push again in a minute. When it stays so, the operator looks at JANGADA_STACK_LAYER.',
    ],
  ],
  [
    /sh: (?:\d+: |line \d+: )?(\S+): (?:command )?not found/,
    [
      'The program $1 is not there. Add its package to dependencies or devDependencies, and check NPM_CONFIG_PRODUCTION.',
    ],
  ],
  [/Missing script: "?([\w:-]+)/, ['package.json has no script "$1".']],
];

/** What the first known trouble in the output of a failed program means, as lines for the person. */
export function explainFailure(output: readonly string[]): readonly string[] {
  return explainBy(HINTS, output);
}

/** What npm, yarn and pnpm say when their registry is not to be reached. */
export const UNREACHABLE = {
  pattern: /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|ECONNRESET|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER/,
  advice: ['The operator names a mirror with npm_config_registry in the build environment.'],
};
