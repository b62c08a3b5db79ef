import type { Formation as FormationShape } from '@heroku-cli/schema';
import type { App, Formation, Slug } from '@jangada/core';
import { sizeReference } from '../dyno-sizes/present.ts';

/** `command` is that of the slug which the app runs. */
export function presentFormation(app: App, formation: Formation, slug: Slug | null): FormationShape {
  return {
    app: { id: app.id, name: app.name },
    command: slug?.processTypes[formation.type] ?? '',
    created_at: formation.createdAt.toISOString(),
    dyno_size: sizeReference(formation.size),
    id: formation.id,
    quantity: formation.quantity,
    size: formation.size,
    type: formation.type,
    updated_at: formation.updatedAt.toISOString(),
  };
}
