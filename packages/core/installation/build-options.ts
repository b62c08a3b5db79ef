import { PlatformError } from '@jangada/platform-api';

/** What an operator chooses for all builds: `JANGADA_HOME/builds.json` (builds 9). */
export interface BuildOptions {
  /** `environment`: variables that every build finds: mirrors of package indexes, proxies, switches of buildpacks. */
  readonly environment: Readonly<Record<string, string>>;
  /** `mirrors`: prefixes of download addresses, and what takes their place for curl, wget and git. */
  readonly mirrors: Readonly<Record<string, string>>;
  /** `download_hosts`: host names and addresses that sources may be fetched from although they are not of the public internet. */
  readonly downloadHosts: readonly string[];
}

export const NO_BUILD_OPTIONS: BuildOptions = { environment: {}, mirrors: {}, downloadHosts: [] };

const FIELDS = ['environment', 'mirrors', 'download_hosts'];

/** What the platform itself tells builds (builds 1.2). */
const RESERVED = ['PATH', 'HOME', 'STACK', 'SOURCE_VERSION', 'REQUEST_ID', 'HEROKU_BUILD_ID', 'DYNO'];

const HOST = /^[a-z0-9.:_-]+$/i;

/** Reads the operator's file. Throws `invalid_params` with a sentence that names the field, never its value: it may be secret. */
export function readBuildOptions(text: string): BuildOptions {
  const file = objectOf(parse(text), 'The file');
  const unknown = Object.keys(file).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw refused(`There is no field "${unknown}". Fields: ${FIELDS.join(', ')}.`);
  const { environment = {}, mirrors = {}, download_hosts: hosts = [] } = file;
  if (!Array.isArray(hosts) || !hosts.every((host) => typeof host === 'string' && HOST.test(host))) {
    throw refused('download_hosts must be a list of host names or addresses, such as ["git.example.internal"].');
  }
  return {
    environment: environmentOf(objectOf(environment, 'environment')),
    mirrors: mirrorsOf(objectOf(mirrors, 'mirrors')),
    downloadHosts: hosts.map((host) => String(host).toLowerCase()),
  };
}

function environmentOf(entries: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(entries)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw refused(`"${name}" in environment cannot name a variable.`);
    if (RESERVED.includes(name))
      throw refused(`${name} in environment is what the platform itself sets. Leave it out.`);
    if (typeof value !== 'string' || /[\0\n]/.test(value))
      throw refused(`${name} in environment must be one line of text.`);
  }
  return entries as Readonly<Record<string, string>>;
}

/** Both end with a slash, so that a prefix never ends within a host name. */
function mirrorsOf(entries: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  for (const [from, to] of Object.entries(entries)) {
    const both = [from, to].every((url) => typeof url === 'string' && /^https?:\/\/[^\s/]+\/(\S*\/)?$/.test(url));
    if (!both)
      throw refused('mirrors must map URLs to URLs, each ending with a slash: {"https://a.example/": "http://b/a/"}.');
  }
  return entries as Readonly<Record<string, string>>;
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refused(`${name} must be an object, {…}.`);
}

/** Without JSON.parse's own words: they quote the text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused('It is not JSON.');
  }
}

function refused(what: string): PlatformError {
  return new PlatformError(
    'invalid_params',
    `builds.json cannot be used. ${what} Correct or remove it, then start again.`,
  );
}
