import type { AppRoute } from '@jangada/core';
import { limitsOf, type RouterLimits } from '../limits.ts';
import { FILES } from './files.ts';

/** The maps that follow the route table, in the order in which they change: the host map last of all. */
export const ROUTE_MAPS = [
  FILES.errorPages,
  FILES.affinity,
  FILES.httpsOnly,
  FILES.firstByte,
  FILES.idle,
  FILES.requests,
  FILES.special,
  FILES.wildcards,
  FILES.hosts,
] as const;
export type RouteMap = (typeof ROUTE_MAPS)[number];

/** One entry that should be in a map; `value` null means that it should not be there. */
export interface MapWish {
  readonly map: RouteMap;
  readonly key: string;
  readonly value: string | null;
}

/** What the maps should say about one host that belongs to `route` on `backend`, or to nobody. */
export function wishesOf(
  host: string,
  owner: { readonly route: AppRoute; readonly backend: string } | null,
  defaults: RouterLimits,
): MapWish[] {
  const wildcard = host.startsWith('*.');
  const page = owner?.route.errorPageUrl ?? null;
  const settings: readonly MapWish[] = [
    { map: FILES.affinity, key: host, value: owner?.route.sessionAffinity ? '1' : null },
    { map: FILES.httpsOnly, key: host, value: owner?.route.httpsRedirect ? '1' : null },
    ...limitWishes(host, owner?.route, defaults),
  ];
  const special = settings.some(({ value }) => value !== null);
  return [
    { map: FILES.errorPages, key: host, value: page === null ? null : framed(page) },
    ...settings,
    { map: FILES.special, key: host, value: special ? '1' : null },
    { map: wildcard ? FILES.wildcards : FILES.hosts, key: host, value: owner?.backend ?? null },
  ];
}

/** Only what differs from the router's own numbers needs an entry. */
function limitWishes(host: string, route: AppRoute | undefined, defaults: RouterLimits): MapWish[] {
  const limits = limitsOf(route, defaults);
  const wish = (map: RouteMap, field: 'firstByteMs' | 'idleMs' | 'requestsPerDyno'): MapWish => ({
    map,
    key: host,
    value: limits[field] === defaults[field] ? null : String(limits[field]),
  });
  return [wish(FILES.firstByte, 'firstByteMs'), wish(FILES.idle, 'idleMs'), wish(FILES.requests, 'requestsPerDyno')];
}

/** The commands that make the wishes true, given what the maps hold. */
export function planMaps(
  wishes: readonly MapWish[],
  holds: (map: RouteMap, key: string) => string | undefined,
): string[] {
  const inOrder = ROUTE_MAPS.flatMap((map) => wishes.filter((wish) => wish.map === map));
  return inOrder.flatMap(({ map, key, value }) => {
    const held = holds(map, key);
    if (value === null) return held === undefined ? [] : [`del map ${map} ${key}`];
    if (held === value) return [];
    return [`${held === undefined ? 'add' : 'set'} map ${map} ${key} ${escaped(value)}`];
  });
}

/** Text of a map file. */
export function mapFile(entries: ReadonlyMap<string, string>): string {
  return [...entries].map(([key, value]) => `${key} ${value}\n`).join('');
}

/** Reads `show map`: lines of `<pointer> <key> <value>`. */
export function readMap(text: string): Map<string, string> {
  const entries = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, ...value] = line.split(' ');
    if (key !== undefined) entries.set(key, value.join(' '));
  }
  return entries;
}

/** A custom page over the whole window, above the default text (behaviour 2.5: rendered in an iframe). */
export function framed(url: string): string {
  return `<iframe src="${frameable(url)}"></iframe>`;
}

/** The URL with everything percent-encoded that means something to HTML, to HAProxy's maps or to its command line. */
function frameable(url: string): string {
  const encode = (sign: string): string => `%${sign.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
  return new URL(url).href.replace(/["'<>;\\`\s]/g, encode);
}

/** HAProxy's command line ends a command at `;` and an argument at a blank. */
function escaped(value: string): string {
  return value.replace(/[\\; ]/g, '\\$&');
}
