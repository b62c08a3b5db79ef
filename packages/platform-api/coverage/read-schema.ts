import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiLink } from './links.ts';

/** The published schema, as far as we read it. */
export interface PublishedSchema {
  readonly definitions: Readonly<Record<string, PublishedDefinition>>;
}

export interface PublishedDefinition {
  readonly properties?: Readonly<Record<string, object>>;
  readonly links?: readonly PublishedLink[];
}

export interface PublishedLink {
  readonly title?: string;
  readonly method: string;
  readonly href: string;
  readonly targetSchema?: object;
}

/**
 * The schema of the variant 3.sdk, which lies beside the repository in `shared/spec/schemas` and is not part of it. Null
 * when it is not there.
 */
export async function readPublishedSchema(): Promise<PublishedSchema | null> {
  const file = join(import.meta.dirname, '../../../../shared/spec/schemas/platform-api-schema-3.sdk.json');
  try {
    return JSON.parse(await readFile(file, 'utf8')) as PublishedSchema;
  } catch {
    return null;
  }
}

/** `/apps/{(%23%2Fdefinitions%2Fapp%2Fdefinitions%2Fidentity)}` as `/apps/{app}`. */
export function readableHref(href: string): string {
  return decodeURIComponent(href).replaceAll(/\{\(#\/definitions\/([^/]+)[^}]*\)\}/g, '{$1}');
}

/** Every link of a schema, in the schema's order. */
export function linksOf(schema: PublishedSchema): ApiLink[] {
  return Object.entries(schema.definitions).flatMap(([resource, definition]) =>
    (definition.links ?? []).map((link) => ({
      resource,
      method: link.method.toUpperCase(),
      path: readableHref(link.href),
      title: link.title ?? '',
    })),
  );
}
