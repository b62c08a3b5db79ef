import type { AppPermission, PipelineCoupling } from '@jangada/core';
import { isPlatformError, PlatformError } from '@jangada/platform-api';
import { isUuid, requireApp } from '../../auth/require-app.ts';
import type { AccountCall } from '../../http/route.ts';
import { requirePipeline } from '../pipelines/find.ts';

/** The coupling of the path, if the caller sees its pipeline. Throws `not_found`. */
export async function findCoupling(call: AccountCall): Promise<PipelineCoupling> {
  const id = call.params['coupling'] ?? '';
  const coupling = isUuid(id) ? await call.context.store.rows.pipelineCouplings.get(id.toLowerCase()) : null;
  if (!coupling) throw couplingNotFound();
  await requirePipeline(call, coupling.pipelineId).catch(hide);
  return coupling;
}

/** The coupling of the path, if the caller may do `permission` with its app. Throws `not_found` or `forbidden`. */
export async function requireCoupling(call: AccountCall, permission: AppPermission): Promise<PipelineCoupling> {
  const coupling = await findCoupling(call);
  await requireApp(call.context, call.actor, coupling.appId, permission).catch(hide);
  return coupling;
}

export function couplingNotFound(): PlatformError {
  return new PlatformError('not_found', "Couldn't find that pipeline coupling.", { resource: 'pipeline_coupling' });
}

function hide(error: unknown): never {
  throw isPlatformError(error, 'not_found') ? couplingNotFound() : error;
}
