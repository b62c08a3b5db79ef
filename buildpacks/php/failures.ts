import { explainBy, type FailureHint } from '../kit/failure-hints.ts';

/** What Composer says when its repository is not to be reached. */
export const UNREACHABLE = {
  pattern:
    /curl error \d+|Could not resolve host|Connection refused|Connection timed out|Failed to open stream: php_network_getaddresses|could not be fully loaded \([^)]*\)/,
  advice: [
    'Name a repository that can be reached in composer.json ("repositories", and "packagist.org": false),',
    'or commit the folder vendor: packages that are there in the versions of composer.lock are not downloaded.',
  ],
};

const HINTS: readonly FailureHint[] = [
  [
    /lock file does not contain a compatible set|is not present in the lock file/,
    ['composer.lock does not match composer.json. Run composer update --lock, commit composer.lock and push again.'],
  ],
  [
    /requires php(?:-64bit)? (\S+).*does not satisfy|your php version \(([^;)]+)/i,
    ['A package needs another PHP. Change "php" under "require" in composer.json, run composer update and push again.'],
  ],
  [
    /requires ext-(\S+) .*(?:missing|it is missing from your system)/,
    ['A package needs the extension $1. Add "ext-$1": "*" to "require" in composer.json, so that it is switched on.'],
  ],
  [
    /could not authenticate|HTTP 401|HTTP 403|Invalid credentials/i,
    ['A package is private: set the config var COMPOSER_AUTH to the content of an auth.json.'],
  ],
  [
    /secure-http/,
    ['A repository has an http address. Use https, or set "config": {"secure-http": false} in composer.json.'],
  ],
  [/Allowed memory size of/, ['PHP ran out of memory. Raise memory_limit for the script: php -d memory_limit=512M …']],
];

/** What the first known trouble in Composer's output means, as lines for the person. */
export function explainFailure(output: readonly string[]): readonly string[] {
  return explainBy(HINTS, output);
}
