import type { Digest } from '@jangada/core';

/** What a client asks of the registry; names are `<app>/<process type>`. */
export type RegistryRequest =
  | { readonly kind: 'ping' }
  | { readonly kind: 'blob'; readonly app: string; readonly type: string; readonly digest: Digest }
  | { readonly kind: 'uploads'; readonly app: string; readonly type: string }
  | { readonly kind: 'upload'; readonly app: string; readonly type: string; readonly uploadId: string }
  | { readonly kind: 'manifest'; readonly app: string; readonly type: string; readonly reference: string }
  | { readonly kind: 'tags'; readonly app: string; readonly type: string }
  | { readonly kind: 'unknown' };

const DIGEST = 'sha256:[0-9a-f]{64}';
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const TAG = '[A-Za-z0-9_][A-Za-z0-9._-]{0,127}';

const PATHS: readonly (readonly [RegExp, (app: string, type: string, last: string) => RegistryRequest])[] = [
  [pathOf(`blobs/(${DIGEST})`), (app, type, digest) => ({ kind: 'blob', app, type, digest })],
  [pathOf('blobs/uploads/?'), (app, type) => ({ kind: 'uploads', app, type })],
  [pathOf(`blobs/uploads/(${UUID})`), (app, type, uploadId) => ({ kind: 'upload', app, type, uploadId })],
  [pathOf(`manifests/(${TAG}|${DIGEST})`), (app, type, reference) => ({ kind: 'manifest', app, type, reference })],
  [pathOf('tags/list'), (app, type) => ({ kind: 'tags', app, type })],
];

/** Null when the path is not the registry's (distribution-spec, "Endpoints"). */
export function parseRegistryPath(pathname: string): RegistryRequest | null {
  if (pathname !== '/v2' && !pathname.startsWith('/v2/')) return null;
  if (pathname === '/v2' || pathname === '/v2/') return { kind: 'ping' };
  for (const [expression, read] of PATHS) {
    const match = expression.exec(pathname);
    if (match) return read(match[1] ?? '', match[2] ?? '', match[3] ?? '');
  }
  return { kind: 'unknown' };
}

/** A process type in an image's name is lower-case, as Docker wants names. */
function pathOf(rest: string): RegExp {
  return new RegExp(`^/v2/([a-z][a-z0-9-]{1,28}[a-z0-9])/([a-z0-9][a-z0-9_-]{0,62})/${rest}$`);
}
