import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';

const Owner = Type.Object({ id: Type.String({ minLength: 1 }), type: Type.String() });

/** POST /pipelines. The CLI sends `generation` too, which the published schema does not have. */
export const CreatePipelineRequest = Type.Object({
  name: Type.String(),
  owner: nullable(Owner),
  generation: nullable(Type.Object({ name: Type.Optional(Type.String()) })),
});
export type CreatePipelineRequest = Static<typeof CreatePipelineRequest>;

/** PATCH /pipelines/{pipeline} */
export const UpdatePipelineRequest = Type.Object({ name: Type.Optional(Type.String()) });
export type UpdatePipelineRequest = Static<typeof UpdatePipelineRequest>;

/** POST /pipeline-couplings */
export const CreatePipelineCouplingRequest = Type.Object({
  app: Type.String({ minLength: 1 }),
  pipeline: Type.String({ minLength: 1 }),
  stage: Type.String({ minLength: 1 }),
});
export type CreatePipelineCouplingRequest = Static<typeof CreatePipelineCouplingRequest>;

/** PATCH /pipeline-couplings/{coupling} */
export const UpdatePipelineCouplingRequest = Type.Object({ stage: Type.Optional(Type.String({ minLength: 1 })) });
export type UpdatePipelineCouplingRequest = Static<typeof UpdatePipelineCouplingRequest>;

const Named = Type.Object({ id: Type.String({ minLength: 1 }) });

/** POST /pipeline-promotions. Apps and the pipeline are named by `id`, which may be their name. */
export const CreatePipelinePromotionRequest = Type.Object({
  pipeline: Named,
  source: Type.Object({ app: Named, release: nullable(Named) }),
  targets: Type.Array(Type.Object({ app: Named }), { minItems: 1, maxItems: 100 }),
});
export type CreatePipelinePromotionRequest = Static<typeof CreatePipelinePromotionRequest>;

/** POST /pipeline-transfers */
export const CreatePipelineTransferRequest = Type.Object({ pipeline: Named, new_owner: Owner });
export type CreatePipelineTransferRequest = Static<typeof CreatePipelineTransferRequest>;
