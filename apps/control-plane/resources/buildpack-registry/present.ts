import type { KnownBuildpack } from '@jangada/builder';
import { BUILDPACK_REGISTRY, parseBuildpackAddress, REGISTERED_FILE, registryUrlOf } from '@jangada/core';
import { nameUuid } from '@jangada/platform-api';

/** Where the CLI is told that a named buildpack is. It sends the URL back, and shows it as the name. */
export function blobUrl(name: string): string | null {
  const { source } = parseBuildpackAddress(name);
  return source.kind === 'named' ? registryUrlOf(source, BUILDPACK_REGISTRY) : null;
}

/** A buildpack as the registry's clients know it. */
export function presentBuildpack({ name, description, versions }: KnownBuildpack): object {
  const [namespace, short] = name.split('/');
  const url = urlOf(versions.at(-1)?.address ?? null);
  return {
    id: nameUuid(`buildpack:${name}`),
    name: short,
    namespace,
    blob_url: blobUrl(name),
    description,
    category: namespace === 'heroku' ? 'languages' : 'tools',
    logo: null,
    source: sourceOf(url),
    support: { method: 'website', address: url ?? 'the operator of this Jangada' },
    two_factor_authentication: false,
  };
}

/** Its versions as revisions, the newest last. */
export function presentRevisions({ name, versions }: KnownBuildpack): readonly object[] {
  return versions.map(({ address, createdAt }, index) => ({
    id: nameUuid(`buildpack:${name}:${index + 1}`),
    release: index + 1,
    created_at: createdAt.toISOString(),
    updated_at: createdAt.toISOString(),
    status: 'published',
    error: null,
    license: null,
    published_by_email: null,
    ref: refOf(address),
    tarball: blobUrl(name),
  }));
}

/** GitHub's form of a README: the CLI decodes it. */
export function presentReadme({ readme }: KnownBuildpack): object {
  return { content: Buffer.from(readme ?? '').toString('base64'), encoding: 'base64' };
}

/** The CLI makes a link of owner and repository of GitHub. */
function sourceOf(url: string | null): object {
  const [, owner, repo] = /^https:\/\/github\.com\/([^/]+)\/([^/]+?)(?:\.git)?$/.exec(url ?? '') ?? [];
  return owner === undefined ? { type: 'other' } : { type: 'github', owner, repo };
}

/** Without credentials and ref; null for files of this machine. */
function urlOf(address: string | null): string | null {
  if (address === null || address.startsWith(REGISTERED_FILE)) return null;
  return parseBuildpackAddress(address).display.replace(/#.*$/, '');
}

function refOf(address: string | null): string | null {
  if (address === null || address.startsWith(REGISTERED_FILE)) return null;
  const { source } = parseBuildpackAddress(address);
  return source.kind === 'git' ? source.ref : null;
}
