import { systemClock, systemIds } from '@jangada/core';
import type { DeployParts } from '../../deploy/build-and-release.ts';
import type { Exec } from '../../exec/exec.ts';
import type { Rendezvous } from '../../rendezvous/rendezvous.ts';
import { dynoRoutes } from '../../resources/dynos/routes.ts';
import { execRoutes } from '../../resources/exec/routes.ts';
import { routerMetricsRoutes } from '../../resources/router-metrics/routes.ts';
import type { RouterMetrics } from '../../router-metrics/router-metrics.ts';
import { deployRoutes } from '../deploy-routes.ts';
import type { Route } from '../route.ts';
import { apiRoutes } from '../routes.ts';
import { schemaRoute } from '../schema-document.ts';

/** The route table of a running control plane, for looking at only. */
export function everyRoute(): readonly Route[] {
  const nobody: Rendezvous = { expect: () => '', accept: async () => {}, close: async () => {} };
  const nothing = {} as DeployParts;
  const routes = [...apiRoutes(systemClock, systemIds), ...dynoRoutes(nobody, {} as Exec), ...deployRoutes(nothing)];
  const measured = [...routerMetricsRoutes({} as RouterMetrics), ...execRoutes({} as Exec)];
  return [...routes, ...measured, schemaRoute([...routes, ...measured])];
}
