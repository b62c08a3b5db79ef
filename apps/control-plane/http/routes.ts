import type { Clock, Ids } from '@jangada/core';
import { createFailedLogins } from '../auth/failed-logins.ts';
import { accountRoutes } from '../resources/account/routes.ts';
import { acmRoutes } from '../resources/acm/routes.ts';
import { appFeatureRoutes } from '../resources/app-features/routes.ts';
import { appRoutes } from '../resources/apps/routes.ts';
import { authorizationRoutes } from '../resources/authorizations/routes.ts';
import { createPendingLogins } from '../resources/browser-logins/pending-logins.ts';
import { browserLoginRoutes } from '../resources/browser-logins/routes.ts';
import { buildpackInstallationRoutes } from '../resources/buildpack-installations/routes.ts';
import { buildpackRegistryRoutes } from '../resources/buildpack-registry/routes.ts';
import { collaboratorRoutes } from '../resources/collaborators/routes.ts';
import { configVarRoutes } from '../resources/config-vars/routes.ts';
import { domainRoutes } from '../resources/domains/routes.ts';
import { dynoSizeRoutes } from '../resources/dyno-sizes/routes.ts';
import { formationRoutes } from '../resources/formation/routes.ts';
import { logSessionRoutes } from '../resources/log-sessions/routes.ts';
import { monitorRoutes } from '../resources/monitors/routes.ts';
import { outputStreamRoutes } from '../resources/output-streams/routes.ts';
import { pipelineCouplingRoutes } from '../resources/pipeline-couplings/routes.ts';
import { pipelinePromotionRoutes } from '../resources/pipeline-promotions/routes.ts';
import { pipelineTransferRoutes } from '../resources/pipeline-transfers/routes.ts';
import { pipelineRoutes } from '../resources/pipelines/routes.ts';
import { regionRoutes } from '../resources/regions/routes.ts';
import { releaseRoutes } from '../resources/releases/routes.ts';
import { sniEndpointRoutes } from '../resources/sni-endpoints/routes.ts';
import { stackRoutes } from '../resources/stacks/routes.ts';
import { statusRoutes } from '../resources/status/routes.ts';
import { unofferedRoutes } from '../resources/unoffered/routes.ts';
import { welcomeRoutes } from '../resources/welcome/routes.ts';
import type { Route } from './route.ts';

/** Every operation of the Platform API that this control plane serves. */
export function apiRoutes(clock: Pick<Clock, 'now'>, ids: Ids): readonly Route[] {
  const failedLogins = createFailedLogins(clock);
  return [
    ...statusRoutes,
    ...accountRoutes,
    ...authorizationRoutes(failedLogins),
    ...browserLoginRoutes(createPendingLogins(clock, ids), failedLogins),
    ...appRoutes,
    ...acmRoutes,
    ...appFeatureRoutes,
    ...buildpackInstallationRoutes,
    ...buildpackRegistryRoutes,
    ...collaboratorRoutes,
    ...configVarRoutes,
    ...domainRoutes,
    ...dynoSizeRoutes,
    ...formationRoutes,
    ...logSessionRoutes,
    ...monitorRoutes,
    ...outputStreamRoutes,
    ...pipelineRoutes,
    ...pipelineCouplingRoutes,
    ...pipelinePromotionRoutes,
    ...pipelineTransferRoutes,
    ...regionRoutes,
    ...releaseRoutes,
    ...sniEndpointRoutes,
    ...stackRoutes,
    ...unofferedRoutes,
    ...welcomeRoutes,
  ];
}
