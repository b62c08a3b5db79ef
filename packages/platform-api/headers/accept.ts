import { PlatformError } from '../errors/platform-error.ts';

/** What a client asked for: version 3 and, after the dot, a variant such as `sdk`, `webhooks` or `docker-releases`. */
export interface AcceptedVersion {
  readonly version: 3;
  readonly variant: string | null;
}

const HEROKU_JSON = /^application\/vnd\.heroku\+json(.*)$/i;
const ANY_JSON = /^(\*\/\*|application\/(\*|json))$/i;

/**
 * Reads `Accept` (cli-contract 3.1). `application/vnd.heroku+json; version=3` and every `3.x` are served; a missing header,
 * any type and `application/json` count as version 3. Throws `not_acceptable` for anything else.
 */
export function parseAccept(header: string | undefined): AcceptedVersion {
  const ranges = (header ?? '').split(',').map((range) => range.trim());
  for (const range of ranges) {
    const [, parameters] = HEROKU_JSON.exec(range) ?? [];
    if (parameters === undefined) continue;
    const [, version = '3'] = /;\s*version\s*=\s*"?([\w.-]+)"?/i.exec(parameters) ?? [];
    if (/^3(\.|$)/.test(version)) return { version: 3, variant: version.slice(2) || null };
    throw new PlatformError(
      'not_acceptable',
      `Version ${version} of the API is not offered. Send the header "Accept: application/vnd.heroku+json; version=3".`,
    );
  }
  const anyJson = ranges.some((range) => range === '' || ANY_JSON.test(range.split(';')[0]!.trim()));
  if (anyJson) return { version: 3, variant: null };
  throw new PlatformError(
    'not_acceptable',
    'The API answers JSON only. Send the header "Accept: application/vnd.heroku+json; version=3".',
  );
}
