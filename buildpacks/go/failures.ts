import { explainBy, type FailureHint } from '../kit/failure-hints.ts';

/** What go says when the module proxy is not to be reached. */
export const UNREACHABLE = {
  pattern:
    /dial tcp[^\n]*|no such host|i\/o timeout|connection refused|TLS handshake timeout|certificate signed by unknown authority|Could not resolve host/,
  advice: [
    'The operator names a mirror with GOPROXY in the build environment (and GONOSUMDB=* when it has no checksum database),',
    'or keep the modules in the app: go mod vendor, and commit the folder vendor.',
  ],
};

const HINTS: readonly FailureHint[] = [
  [
    /missing go\.sum entry|go\.sum: no such file|updates to go\.mod needed|missing or incorrect.*go\.sum/,
    ['go.mod and go.sum do not fit the code. Run go mod tidy, commit both and push again.'],
  ],
  [
    /inconsistent vendoring/,
    ['The folder vendor does not match go.mod. Run go mod vendor, commit the folder and push again.'],
  ],
  [
    /go\.mod requires go >= (\S+)/,
    ['A module needs Go $1 or newer. Take an older version of it, or ask the operator for that Go.'],
  ],
  [
    /checksum mismatch/,
    [
      'A module is not what go.sum says. Find out why before you change go.sum: the module, or the mirror, may have been tampered with.',
    ],
  ],
  [
    /terminal prompts disabled|could not read Username/,
    [
      'A private module needs a login: set the config vars GOPRIVATE and GO_GIT_CRED__HTTPS__<HOST, with __ for dots>=user:token.',
    ],
  ],
  [
    /C compiler .* not found|exec: "gcc": executable file not found/,
    ['A package has C in it, and this server has no compiler yet. Push again in a minute, or set CGO_ENABLED=0.'],
  ],
];

/** What the first known trouble in go's output means, as lines for the person. */
export function explainFailure(output: readonly string[]): readonly string[] {
  return explainBy(HINTS, output);
}
