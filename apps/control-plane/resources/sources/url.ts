import type { Context } from '../../context.ts';
import { urlAt } from '../../http/origin.ts';
import type { Origin } from '../../http/route.ts';

/** Milliseconds in which a source can be uploaded, as on Heroku. */
const PUT_LIFE_MS = 3_600_000;

/** Milliseconds that a source is kept, and that its URL works. */
export const SOURCE_LIFE_MS = 24 * 3_600_000;

const PATH = '/sources/';

/** URLs that are themselves the permission to store a source once, and to read it. */
export function sourceUrls(context: Context, origin: Origin, id: string): { get_url: string; put_url: string } {
  const urlFor = (purpose: string, life: number): string => {
    const expires = new Date(context.clock.now().getTime() + life);
    return urlAt(origin, `${PATH}${context.capabilities.sign(purpose, id, expires)}`);
  };
  return { get_url: urlFor('source-get', SOURCE_LIFE_MS), put_url: urlFor('source-put', PUT_LIFE_MS) };
}

/** The source that a capability lets its bearer read or write; null when it is forged, expired or for the other. */
export function sourceOf(context: Context, purpose: 'source-get' | 'source-put', capability: string): string | null {
  const id = context.capabilities.verify(purpose, capability);
  return typeof id === 'string' ? id : null;
}

/** The source that one of our own URLs means, whatever host name it was asked under; null for any other URL. */
export function ownSourceOf(context: Context, url: URL): string | null {
  return url.pathname.startsWith(PATH) ? sourceOf(context, 'source-get', url.pathname.slice(PATH.length)) : null;
}
