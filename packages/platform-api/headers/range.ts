import { PlatformError } from '../errors/platform-error.ts';

export const DEFAULT_PAGE = 200;
export const MAX_PAGE = 1_000;

/** How values of a sortable attribute are read. */
export type AttributeKind = 'uuid' | 'integer' | 'text';

/** The attributes by which a list can be ranged: each is unique within the list. The first is the default. */
export type SortableAttributes = Readonly<Record<string, AttributeKind>>;

export type RangeValue = string | number;

/** A parsed `Range` header. Bounds are meant in the direction of the order. */
export interface ListRange {
  readonly attribute: string;
  readonly first: RangeValue | null;
  /** `]x..`: start after x. */
  readonly firstExclusive: boolean;
  readonly last: RangeValue | null;
  readonly order: 'asc' | 'desc';
  /** 1 to 1,000. */
  readonly max: number;
}

const RANGE = /^\s*([a-z_]+)\s*([[\]]?)([^;]*?)\.\.\s*([^;]*?)\s*([[\]]?)\s*(?:;(.*))?$/i;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Reads `Range: <attribute> <first>..<last>; order=desc,max=10` (cli-contract 3.4). Spaces, the order of the parameters
 * and a trailing `;` do not matter; an absent or empty header and byte ranges mean the default page. Throws
 * `requested_range_not_satisfiable`.
 */
export function parseRange(header: string | undefined, attributes: SortableAttributes): ListRange {
  const text = (header ?? '').trim();
  if (text === '' || text.startsWith('bytes=')) return defaultRange(attributes);
  const [, attribute, open, first, last, , parameters = ''] = RANGE.exec(text) ?? [];
  if (attribute === undefined) {
    throw unsatisfiable(`The Range "${text}" is not understood. Write it as in "id ..; order=desc,max=10".`);
  }
  const kind = attributes[attribute];
  if (kind === undefined) {
    const known = Object.keys(attributes).join(', ');
    throw unsatisfiable(`This list cannot be ranged by "${attribute}". Use one of: ${known}.`);
  }
  return {
    attribute,
    first: readBound(first, attribute, kind),
    firstExclusive: open === ']',
    last: readBound(last, attribute, kind),
    ...readParameters(parameters),
  };
}

function defaultRange(attributes: SortableAttributes): ListRange {
  const [attribute = 'id'] = Object.keys(attributes);
  return { attribute, first: null, firstExclusive: false, last: null, order: 'asc', max: DEFAULT_PAGE };
}

function readParameters(text: string): Pick<ListRange, 'order' | 'max'> {
  let order: ListRange['order'] = 'asc';
  let max = DEFAULT_PAGE;
  for (const [, name, value] of text.matchAll(/([a-z_]+)\s*=\s*([^\s,;]+)/gi)) {
    if (name === 'order') {
      if (value !== 'asc' && value !== 'desc') {
        throw unsatisfiable(`The order of a Range is asc or desc, not "${value}".`);
      }
      order = value;
    } else if (name === 'max') {
      max = Number(value);
      if (!Number.isInteger(max) || max < 1) {
        throw unsatisfiable(`The max of a Range is a whole number from 1 to ${MAX_PAGE}, not "${value}".`);
      }
    }
  }
  return { order, max: Math.min(max, MAX_PAGE) };
}

function readBound(text: string | undefined, attribute: string, kind: AttributeKind): RangeValue | null {
  const value = (text ?? '').trim();
  if (value === '') return null;
  if (kind === 'integer' && !/^\d{1,9}$/.test(value)) {
    throw unsatisfiable(`A Range by ${attribute} takes whole numbers, not "${value}".`);
  }
  if (kind === 'uuid' && !UUID.test(value)) throw unsatisfiable(`A Range by ${attribute} takes UUIDs, not "${value}".`);
  if (kind === 'integer') return Number(value);
  return kind === 'uuid' ? value.toLowerCase() : value;
}

/** The `Next-Range` that goes on after a row: `version ]12..; order=desc,max=10`. */
export function formatNextRange(range: ListRange, after: RangeValue): string {
  const parameters = range.order === 'desc' ? `order=desc,max=${range.max}` : `max=${range.max}`;
  return `${range.attribute} ]${after}..${range.last ?? ''}; ${parameters}`;
}

/** `Content-Range` of a page: `version 3..12`; an empty page has none. */
export function formatContentRange(range: ListRange, first: RangeValue, last: RangeValue): string {
  return `${range.attribute} ${first}..${last}`;
}

function unsatisfiable(message: string): PlatformError {
  return new PlatformError('requested_range_not_satisfiable', message);
}
