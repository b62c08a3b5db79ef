import type { Slug } from '@jangada/core';
import type { Context } from '../../context.ts';
import { urlAt } from '../../http/origin.ts';
import type { Origin } from '../../http/route.ts';

/** Milliseconds that the URL of a slug's content works, as on Heroku. */
const LIFE_MS = 3_600_000;

/** Where a slug's archive is to be had, or is to be put as long as it is not there. */
export function slugBlob(context: Context, origin: Origin, slug: Slug): { method: string; url: string } {
  const method = slug.digest === null ? 'put' : 'get';
  const expires = new Date(context.clock.now().getTime() + LIFE_MS);
  return { method, url: urlAt(origin, `/slugs/${context.capabilities.sign(`slug-${method}`, slug.id, expires)}`) };
}

/** The slug that a capability lets its bearer read or write; null when there is none. */
export async function slugOf(context: Context, method: 'get' | 'put', capability: string): Promise<Slug | null> {
  const id = context.capabilities.verify(`slug-${method}`, capability);
  return typeof id === 'string' ? context.store.rows.slugs.get(id) : null;
}
