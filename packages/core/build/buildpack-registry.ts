import { PlatformError } from '@jangada/platform-api';
import { parseBuildpackAddress } from './require-buildpack-address.ts';

/** A buildpack that the operator made known by a name. */
export interface RegisteredBuildpack {
  /** `namespace/name`, in lower case. */
  readonly name: string;
  /** One line; may be empty. */
  readonly description: string;
  /** Oldest first, at least one; the last one is used. */
  readonly versions: readonly RegisteredVersion[];
}

export interface RegisteredVersion {
  /** A git URL with an optional `#ref`, or the URL of a `.tgz`. */
  readonly url: string;
  readonly createdAt: Date;
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}\/[a-z0-9][a-z0-9_-]{0,63}$/;

/** Reads the operator's list; empty text is an empty list. Throws `invalid_params` with what is wrong. */
export function readBuildpackRegistry(text: string): readonly RegisteredBuildpack[] {
  if (text.trim() === '') return [];
  return Object.entries(objectOf(parse(text), 'It')).map(([name, value]) => {
    const entry = objectOf(value, name);
    const { description = '', versions } = entry;
    if (!Array.isArray(versions) || versions.length === 0) throw refused(`${name} needs a list of versions.`);
    return {
      name: requireBuildpackName(name),
      description: typeof description === 'string' ? description : '',
      versions: versions.map((version: unknown) => versionOf(objectOf(version, `A version of ${name}`), name)),
    };
  });
}

/** The file's text for a list. */
export function formatBuildpackRegistry(buildpacks: readonly RegisteredBuildpack[]): string {
  const entries = buildpacks
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, description, versions }) => [
      name,
      { description, versions: versions.map(({ url, createdAt }) => ({ url, created_at: createdAt.toISOString() })) },
    ]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

/** The list with one version more. `description` null leaves what was said before. Throws `invalid_params`. */
export function registerBuildpack(
  buildpacks: readonly RegisteredBuildpack[],
  asked: { readonly name: string; readonly url: string; readonly description: string | null },
  createdAt: Date,
): readonly RegisteredBuildpack[] {
  const name = requireBuildpackName(asked.name.toLowerCase());
  const before = buildpacks.find((each) => each.name === name);
  const version = { url: requireBuildpackUrl(asked.url), createdAt };
  const registered = {
    name,
    description: asked.description ?? before?.description ?? '',
    versions: [...(before?.versions ?? []), version],
  };
  return [...buildpacks.filter((each) => each !== before), registered];
}

/** The list without one. Throws `not_found`. */
export function unregisterBuildpack(
  buildpacks: readonly RegisteredBuildpack[],
  name: string,
): readonly RegisteredBuildpack[] {
  const rest = buildpacks.filter((each) => each.name !== name.toLowerCase());
  if (rest.length < buildpacks.length) return rest;
  throw new PlatformError('not_found', `No buildpack ${name} is registered.`);
}

function requireBuildpackName(name: string): string {
  if (NAME.test(name)) return name;
  const shown = name.slice(0, 130);
  throw refused(`"${shown}" cannot name a buildpack. Use namespace/name with letters, digits, _ and -: acme/rust.`);
}

function requireBuildpackUrl(url: string): string {
  const { source } = parseBuildpackAddress(url);
  if (source.kind !== 'named') return url.trim();
  throw refused(`${url} is a name itself. Register the URL of a git repository or of a .tgz.`);
}

function versionOf(version: Readonly<Record<string, unknown>>, name: string): RegisteredVersion {
  const createdAt = new Date(String(version['created_at'] ?? 0));
  if (typeof version['url'] !== 'string') throw refused(`A version of ${name} has no url.`);
  if (Number.isNaN(createdAt.getTime())) throw refused(`A version of ${name} has a created_at that is no time.`);
  return { url: requireBuildpackUrl(version['url']), createdAt };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refused(`It is not JSON: ${error instanceof Error ? error.message : error}.`);
  }
}

function objectOf(value: unknown, subject: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refused(`${subject} must be an object, {…}.`);
}

function refused(what: string): PlatformError {
  return new PlatformError('invalid_params', `The buildpack registry cannot take this. ${what}`);
}
