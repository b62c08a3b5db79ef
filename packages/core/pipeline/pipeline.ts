/** Apps of one code base, each at a stage on its way to production. */
export interface Pipeline {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Stages, the most upstream first (`pipeline-coupling.stage` of the published schema). */
export const PIPELINE_STAGES = ['test', 'review', 'development', 'staging', 'production'] as const;
export type PipelineStage = (typeof PIPELINE_STAGES)[number];

/** The place of an app in its pipeline. An app has at most one. */
export interface PipelineCoupling {
  readonly id: string;
  readonly appId: string;
  readonly pipelineId: string;
  readonly stage: PipelineStage;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The pattern of the published schema, `pipeline.name`: unlike the name of an app, it may end with a dash. */
const PIPELINE_NAME = /^[a-z][a-z0-9-]{2,29}$/;

export function isPipelineName(name: string): boolean {
  return PIPELINE_NAME.test(name);
}
