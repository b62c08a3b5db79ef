import type { DeployParts } from '../deploy/build-and-release.ts';
import { appSetupRoutes } from '../resources/app-setups/routes.ts';
import { buildRoutes } from '../resources/builds/routes.ts';
import { slugRoutes } from '../resources/slugs/routes.ts';
import { sourceRoutes } from '../resources/sources/routes.ts';
import type { Route } from './route.ts';

/** Operations that build, so that they need a builder and what goes with it. */
export function deployRoutes(parts: DeployParts): readonly Route[] {
  return [...appSetupRoutes(parts), ...buildRoutes(parts), ...slugRoutes(parts), ...sourceRoutes(parts)];
}
