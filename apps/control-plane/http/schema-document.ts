import { publicRoute, type Route } from './route.ts';

/** GET /schema: a hyper-schema of what this server serves, made out of its route table. */
export function schemaRoute(routes: readonly Route[]): Route {
  return publicRoute({
    method: 'GET',
    path: '/schema',
    handle: async () => ({
      $schema: 'http://interagent.github.io/interagent-hyper-schema',
      title: 'Jangada Platform API',
      description: "What this server serves of Heroku's Platform API v3.",
      type: ['object'],
      links: routes.map(({ method, path, access, body }) => ({
        method,
        href: path.replaceAll(/:([A-Za-z_]+)/g, '{$1}'),
        rel: 'self',
        access,
        ...(body === null ? {} : { schema: body }),
      })),
    }),
  });
}
