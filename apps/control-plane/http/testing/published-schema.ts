import { type PublishedSchema, pathShape, readableHref } from '@jangada/platform-api';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

/** Holds answers against the published schema of the variant 3.sdk. */
export interface ContractCheck {
  /** What is wrong with an answer; null when the published API has no shape for it. */
  look(method: string, path: string, body: unknown): ContractFindings | null;
}

export interface ContractFindings {
  readonly faults: readonly string[];
  /** Fields of the shape that the answer (or the first member of a list) does not have. */
  readonly missing: readonly string[];
}

interface TargetSchema {
  readonly $ref?: string;
  readonly items?: { readonly $ref?: string };
}

/**
 * Where we differ on purpose, as a path below `definitions` to a keyword that is taken out of the schema, with the reason.
 */
const DEVIATIONS: readonly (readonly [path: string, reason: string])[] = [
  ['app/definitions/generation', 'the CLI reads `generation.name` (cli-contract 3.2), so it is an object, not text'],
  ['app/definitions/git_url/pattern', 'our git host is not git.heroku.com'],
  ['app/definitions/web_url/pattern', 'our apps are not below herokuapp.com'],
  ['app/definitions/web_url/format', 'ports are part of our URLs'],
  ['domain/definitions/hostname/format', 'a host name is not a URI, although the schema says so'],
  ['region/definitions/provider', 'its `region` is a list of AWS regions'],
];

export function createContractCheck(published: PublishedSchema): ContractCheck {
  const schema = structuredClone(published) as unknown as Record<string, unknown>;
  for (const [path] of DEVIATIONS) takeOut(schema['definitions'] as Tree, path.split('/'));
  delete schema['$schema'];
  delete schema['id'];
  delete schema['links'];
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false, validateFormats: true });
  formats.default(ajv);
  ajv.addSchema({ ...schema, $id: 'published' });

  const shapes = new Map<string, { readonly validate: ValidateFunction; readonly fields: readonly string[] }>();
  for (const [resource, definition] of Object.entries(published.definitions)) {
    for (const [index, link] of (definition.links ?? []).entries()) {
      if (!link.targetSchema) continue;
      const validate = ajv.compile({ $ref: `published#/definitions/${resource}/links/${index}/targetSchema` });
      const key = keyOf(link.method.toUpperCase(), readableHref(link.href));
      shapes.set(key, { validate, fields: fieldsOf(link.targetSchema, published) });
    }
  }
  return {
    look(method, path, body) {
      const shape = shapes.get(keyOf(method, path));
      if (!shape) return null;
      shape.validate(body);
      const faults = (shape.validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
      const one: object = (Array.isArray(body) ? body[0] : body) ?? Object.fromEntries(shape.fields.map((f) => [f, 0]));
      return { faults, missing: shape.fields.filter((field) => !(field in one)) };
    },
  };
}

/** The names of the fields that a shape (or the members of a list of it) has. */
function fieldsOf(target: TargetSchema, published: PublishedSchema): readonly string[] {
  const reference = target.$ref ?? target.items?.$ref ?? '';
  const [, resource = ''] = /^#\/definitions\/([^/]+)$/.exec(reference) ?? [];
  return Object.keys(published.definitions[resource]?.properties ?? {});
}

function keyOf(method: string, path: string): string {
  return `${method} ${pathShape(path)}`;
}

interface Tree {
  [name: string]: Tree;
}

/** A whole definition becomes "anything", a keyword just goes. */
function takeOut(tree: Tree, path: readonly string[]): void {
  const last = path.at(-1)!;
  const parent = path.slice(0, -1).reduce<Tree | undefined>((node, name) => node?.[name], tree);
  if (!parent?.[last]) throw new Error(`The published schema has no ${path.join('/')} any more.`);
  if (path.length === 3) parent[last] = {};
  else delete parent[last];
}
