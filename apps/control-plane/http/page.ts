import type { Table } from '@jangada/core';
import {
  formatContentRange,
  formatNextRange,
  type ListRange,
  parseRange,
  type SortableAttributes,
} from '@jangada/platform-api';
import type { PublicCall } from './route.ts';

/** One page of a list: sent with 206 and `Next-Range` while more remains, with 200 at its end (cli-contract 3.4). */
export class Page {
  readonly items: readonly unknown[];
  readonly attributes: readonly string[];
  readonly contentRange: string | null;
  readonly nextRange: string | null;

  constructor(page: Pick<Page, 'items' | 'attributes' | 'contentRange' | 'nextRange'>) {
    this.items = page.items;
    this.attributes = page.attributes;
    this.contentRange = page.contentRange;
    this.nextRange = page.nextRange;
  }
}

/** Values of the attributes by which a list can be ranged. */
type Row<Attributes extends SortableAttributes> = {
  readonly [Name in keyof Attributes]: Attributes[Name] extends 'integer' ? number : string;
};

/**
 * The page of `items` that the request's Range asks for. `present` turns what is on the page into its API shapes, in
 * order. The attributes must be unique within the list, and the first is the default order.
 */
export async function pageOf<const Attributes extends SortableAttributes, Item extends Row<Attributes>>(
  call: Pick<PublicCall, 'headers'>,
  attributes: Attributes,
  items: readonly Item[],
  present: (items: readonly Item[]) => readonly unknown[] | Promise<readonly unknown[]>,
): Promise<Page> {
  const range = parseRange(call.headers.range, attributes);
  const within = items.filter((item) => isWithin(range, rangeValue(item, range)));
  within.sort((a, b) => compare(range, rangeValue(a, range), rangeValue(b, range)));
  return cut(range, attributes, within, present);
}

/** Like `pageOf`, reading only the page's rows from the store. `where` must not name a sortable attribute. */
export async function pageOfTable<
  const Attributes extends SortableAttributes,
  Item extends Row<Attributes> & { readonly id: string },
>(
  call: Pick<PublicCall, 'headers'>,
  attributes: Attributes,
  table: Pick<Table<Item>, 'list'>,
  where: Partial<Item>,
  present: (items: readonly Item[]) => readonly unknown[] | Promise<readonly unknown[]>,
): Promise<Page> {
  const range = parseRange(call.headers.range, attributes);
  const { attribute, first, order } = range;
  const start = first !== null && !range.firstExclusive ? await table.list({ ...where, [attribute]: first }) : [];
  const rest = await table.list(where, {
    orderBy: attribute as keyof Item & string,
    direction: order,
    limit: range.max + 1,
    ...(first === null ? {} : { after: first }),
  });
  const within = [...start, ...rest].filter((item) => isWithin(range, rangeValue(item, range)));
  return cut(range, attributes, within, present);
}

async function cut<Item>(
  range: ListRange,
  attributes: SortableAttributes,
  within: readonly Item[],
  present: (items: readonly Item[]) => readonly unknown[] | Promise<readonly unknown[]>,
): Promise<Page> {
  const rows = within.slice(0, range.max);
  const [head, tail] = [rows[0], rows.at(-1)];
  return new Page({
    items: await present(rows),
    attributes: Object.keys(attributes),
    contentRange: head && tail ? formatContentRange(range, rangeValue(head, range), rangeValue(tail, range)) : null,
    nextRange: tail && within.length > rows.length ? formatNextRange(range, rangeValue(tail, range)) : null,
  });
}

function rangeValue(item: unknown, range: ListRange): string | number {
  return (item as Record<string, string | number>)[range.attribute]!;
}

function isWithin(range: ListRange, value: string | number): boolean {
  const fromStart = range.first === null ? 1 : compare(range, value, range.first);
  if (fromStart < 0 || (fromStart === 0 && range.firstExclusive)) return false;
  return range.last === null || compare(range, value, range.last) <= 0;
}

/** Negative when `a` comes before `b` in the order of the range. */
function compare(range: ListRange, a: string | number, b: string | number): number {
  const ascending = a < b ? -1 : a > b ? 1 : 0;
  return range.order === 'asc' ? ascending : -ascending;
}
