import type { AppFeature as AppFeatureShape } from '@heroku-cli/schema';
import type { App, AppFeature } from '@jangada/core';
import { nameUuid } from '@jangada/platform-api';
import type { FeatureOffer } from './catalog.ts';

export function featureId(name: string): string {
  return nameUuid(`app-feature:${name}`);
}

/** `row` is null as long as nobody touched the switch. */
export function presentAppFeature(app: App, feature: FeatureOffer, row: AppFeature | null): AppFeatureShape {
  return {
    created_at: (row?.createdAt ?? app.createdAt).toISOString(),
    description: feature.description,
    display_name: feature.displayName,
    doc_url: '',
    enabled: row?.enabled ?? feature.byDefault,
    feedback_email: '',
    id: featureId(feature.name),
    name: feature.name,
    state: feature.state,
    updated_at: (row?.updatedAt ?? app.createdAt).toISOString(),
  };
}
