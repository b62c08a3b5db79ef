import { type App, PIPELINE_STAGES, type Pipeline, type PipelineCoupling, type Rows } from '@jangada/core';

/** An app at its place in a pipeline. */
export interface CoupledApp {
  readonly app: App;
  readonly coupling: PipelineCoupling;
}

/** Those apps of a pipeline that an account has access to, the most downstream stage first. */
export async function visibleApps(rows: Rows, { id }: Pipeline, accountId: string): Promise<readonly CoupledApp[]> {
  const couplings = await rows.pipelineCouplings.list({ pipelineId: id });
  const access = await rows.collaborators.list({ accountId, appId: couplings.map(({ appId }) => appId) });
  const apps = await rows.apps.list({ id: access.map(({ appId }) => appId) });
  return apps
    .flatMap((app) => {
      const coupling = couplings.find(({ appId }) => appId === app.id);
      return coupling ? [{ app, coupling }] : [];
    })
    .sort((one, other) => rank(other) - rank(one));
}

function rank({ coupling }: CoupledApp): number {
  return PIPELINE_STAGES.indexOf(coupling.stage);
}
