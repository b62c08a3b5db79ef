import type { Pipeline as PipelineShape } from '@heroku-cli/schema';
import type { Pipeline } from '@jangada/core';
import { GENERATION } from '../apps/present.ts';

/** `generation` is what the CLI reads of it (`pipelines:diff`); the published types do not have it yet. */
export function presentPipeline(pipeline: Pipeline): PipelineShape & { readonly generation: typeof GENERATION } {
  return {
    created_at: pipeline.createdAt.toISOString(),
    generation: GENERATION,
    id: pipeline.id,
    name: pipeline.name,
    owner: { id: pipeline.ownerId, type: 'user' },
    updated_at: pipeline.updatedAt.toISOString(),
  };
}
