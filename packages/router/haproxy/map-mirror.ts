import { FILES } from '../plan/files.ts';
import { type MapWish, planMaps, ROUTE_MAPS, type RouteMap, readMap } from '../plan/maps.ts';
import type { AdminSocket } from './admin-socket.ts';

/** What HAProxy's maps hold, so that a change costs no reading. */
export class MapMirror {
  #maps = emptyMaps();

  /** After a start or reload with files made of these wishes. */
  reset(wishes: readonly MapWish[]): void {
    this.#maps = emptyMaps();
    this.note(wishes);
  }

  /** Asks a running HAProxy. */
  async read(admin: AdminSocket): Promise<void> {
    const maps = emptyMaps();
    for (const map of ROUTE_MAPS) maps.set(map, readMap(await admin.ask(`show map ${map}`)));
    this.#maps = maps;
  }

  plan(wishes: readonly MapWish[]): string[] {
    return planMaps(wishes, (map, key) => this.#maps.get(map)!.get(key));
  }

  /** The wishes have come true. */
  note(wishes: readonly MapWish[]): void {
    for (const { map, key, value } of wishes) {
      if (value === null) this.#maps.get(map)!.delete(key);
      else this.#maps.get(map)!.set(key, value);
    }
  }

  entries(map: RouteMap): ReadonlyMap<string, string> {
    return this.#maps.get(map)!;
  }

  hosts(): string[] {
    return [FILES.hosts, FILES.wildcards].flatMap((map) => [...this.entries(map).keys()]);
  }

  /** Backends with an entry of their own. */
  backends(): string[] {
    return [FILES.settings, FILES.errorPages].flatMap((map) => [...this.entries(map).keys()]);
  }
}

function emptyMaps(): Map<RouteMap, Map<string, string>> {
  return new Map(ROUTE_MAPS.map((map) => [map, new Map<string, string>()]));
}
