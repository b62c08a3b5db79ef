import { CLI_OPERATIONS } from './cli-operations.ts';
import links from './links.json' with { type: 'json' };
import { pathShape } from './path-shape.ts';

/** One operation of the published API (variant 3.sdk), by its method and path. */
export interface ApiLink {
  readonly resource: string;
  readonly method: string;
  /** `/apps/{app}/dynos/{dyno}` */
  readonly path: string;
  readonly title: string;
}

/** Every operation of the published API, as listed in the schema's variant 3.sdk. */
export const API_LINKS: readonly ApiLink[] = links;

/** The operation, published or used by the official CLI, that a request is meant for; null when there is none such. */
export function findApiLink(method: string, path: string): ApiLink | null {
  const segments = path.split('?')[0]!.split('/');
  const candidates = [...API_LINKS, ...CLI_OPERATIONS].filter((link) => link.method === method);
  return candidates.find((link) => fits(pathShape(link.path).split('/'), segments)) ?? null;
}

function fits(shape: readonly string[], segments: readonly string[]): boolean {
  return shape.length === segments.length && shape.every((part, index) => part === '{}' || part === segments[index]);
}
