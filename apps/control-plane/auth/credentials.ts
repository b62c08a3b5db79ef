/** What an `Authorization` header carries. Basic is `user:password`; git and curl send `anything:TOKEN`. */
export type Credentials =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string };

/** Null when there is no header or it makes no sense. */
export function readCredentials(header: string | undefined): Credentials | null {
  const [, scheme, value] = /^(\w+)\s+(\S+)\s*$/.exec(header ?? '') ?? [];
  if (!scheme || !value) return null;
  if (scheme.toLowerCase() === 'bearer') return { kind: 'bearer', token: value };
  if (scheme.toLowerCase() !== 'basic') return null;
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return null;
  return { kind: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) };
}
