import { PlatformError } from '@jangada/platform-api';
import type { Method } from '../http/route.ts';

/** The scopes of OAuth tokens, as Heroku names them. */
export const SCOPES = ['global', 'identity', 'read', 'write', 'read-protected', 'write-protected'] as const;
export type Scope = (typeof SCOPES)[number];

/** Reads the scopes of a request; none means `global`. Throws `invalid_params`. */
export function readScopes(names: readonly string[] | null | undefined): readonly Scope[] {
  if (!names || names.length === 0) return ['global'];
  const unknown = names.find((name) => !SCOPES.includes(name as Scope));
  if (unknown === undefined) return names as readonly Scope[];
  throw new PlatformError('invalid_params', `There is no scope "${unknown}". Choose from: ${SCOPES.join(', ')}.`);
}

/** Throws `forbidden` when a token of these scopes does not reach this operation. */
export function requireScope(scopes: readonly string[], method: Method, path: string): void {
  if (scopes.some((scope) => reaches(scope, method === 'GET', path))) return;
  throw new PlatformError(
    'forbidden',
    `This token has the scope ${scopes.join(', ') || 'none'}, which does not allow ${method} ${path}.`,
  );
}

/** `read` and `write` reach apps without their config vars, the `-protected` ones with them, `identity` the account. */
function reaches(scope: string, isRead: boolean, path: string): boolean {
  const isConfig = path.endsWith('/config-vars');
  const isPersonal = /^\/(account|oauth|users)(\/|$)/.test(path);
  if (scope === 'global' || (isRead && path === '/account')) return true;
  if (scope === 'identity' || (isPersonal && !isRead)) return false;
  if (scope.startsWith('read'))
    return isRead && !path.startsWith('/oauth') && (!isConfig || scope === 'read-protected');
  if (scope.startsWith('write')) return !path.startsWith('/oauth') && (!isConfig || scope === 'write-protected');
  return false;
}
