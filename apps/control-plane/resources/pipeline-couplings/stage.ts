import { PIPELINE_STAGES, type PipelineStage } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** Throws `invalid_params` with the stages there are. */
export function requireStage(name: string): PipelineStage {
  const stage = PIPELINE_STAGES.find((candidate) => candidate === name);
  if (stage) return stage;
  const known = PIPELINE_STAGES.join(', ');
  throw new PlatformError('invalid_params', `There is no stage "${name.slice(0, 80)}". Choose one of: ${known}.`);
}
