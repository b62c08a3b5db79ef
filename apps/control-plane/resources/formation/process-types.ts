import { type App, DEFAULT_SIZE, type Slug, type Transaction } from '@jangada/core';
import type { Context } from '../../context.ts';

/**
 * Gives every process type of the slug its place in the formation: one `web` dyno, none of the others. `release` is among
 * them, as at Heroku: its size counts, and `heroku releases:retry` looks for it.
 */
export async function addProcessTypes(context: Context, tx: Transaction, app: App, slug: Slug): Promise<void> {
  const known = new Set((await tx.formations.list({ appId: app.id })).map((formation) => formation.type));
  const now = context.clock.now();
  for (const type of Object.keys(slug.processTypes)) {
    if (known.has(type)) continue;
    await tx.formations.insert({
      id: context.ids.uuid(),
      appId: app.id,
      type,
      quantity: type === 'web' ? 1 : 0,
      size: DEFAULT_SIZE.name,
      createdAt: now,
      updatedAt: now,
    });
  }
}

/** Takes process types that the slug does not have out of the formation. */
export async function dropProcessTypes(tx: Transaction, app: App, slug: Slug): Promise<void> {
  for (const formation of await tx.formations.list({ appId: app.id })) {
    if (!Object.hasOwn(slug.processTypes, formation.type)) await tx.formations.delete(formation.id);
  }
}
