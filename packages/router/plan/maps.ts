import type { AppRoute } from '@jangada/core';
import { limitsOf, type RouterLimits } from '../limits.ts';
import { numberOf } from './backend-pool.ts';
import { FILES } from './files.ts';

/** The maps that follow the route table, in the order in which they change: the host map last of all. */
export const ROUTE_MAPS = [FILES.errorPages, FILES.settings, FILES.wildcards, FILES.hosts] as const;
export type RouteMap = (typeof ROUTE_MAPS)[number];

/** One entry that should be in a map; `value` null means that it should not be there. */
export interface MapWish {
  readonly map: RouteMap;
  readonly key: string;
  readonly value: string | null;
}

/** Where requests at one host should go: to its app's backend, or to nobody's. */
export function hostWish(host: string, backend: string | null): MapWish {
  const value = backend === null ? null : String(numberOf(backend));
  return { map: host.startsWith('*.') ? FILES.wildcards : FILES.hosts, key: host, value };
}

/** What the maps should say about a backend that serves `route`, or nobody. */
export function backendWishes(backend: string, route: AppRoute | null, defaults: RouterLimits): MapWish[] {
  const page = route?.errorPageUrl ?? null;
  return [
    { map: FILES.errorPages, key: backend, value: page === null ? null : framed(page) },
    { map: FILES.settings, key: backend, value: route && packedSettings(route, defaults) },
  ];
}

/** Places in an entry of the map of settings. */
export const SETTING = { firstByteMs: 1, idleMs: 2, requestsPerDyno: 3, affinity: 4, httpsOnly: 5 } as const;

/** Whether the app chose anything that HAProxy must look up for each of its requests. */
export function hasSettings(route: AppRoute, defaults: RouterLimits): boolean {
  return packedSettings(route, defaults) !== null;
}

/** All in one text, so that HAProxy searches once for each request; null when the app chose nothing. */
function packedSettings(route: AppRoute, defaults: RouterLimits): string | null {
  const pack = ({ firstByteMs, idleMs, requestsPerDyno }: RouterLimits, affinity: boolean, https: boolean): string =>
    [firstByteMs, idleMs, requestsPerDyno, Number(affinity), Number(https)].join(':');
  const packed = pack(limitsOf(route, defaults), route.sessionAffinity, route.httpsRedirect ?? false);
  return packed === pack(defaults, false, false) ? null : packed;
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
