import { Turns } from '@jangada/core';
import { FILES } from '../plan/files.ts';
import { type MapWish, planMaps, ROUTE_MAPS, type RouteMap, readMap } from '../plan/maps.ts';
import type { AdminSocket } from './admin-socket.ts';

type MapAdmin = Pick<AdminSocket, 'ask' | 'change'>;

/** What HAProxy's maps hold, so that a change costs no reading. */
export class MapMirror {
  #maps = emptyMaps();
  /** Whether a change has failed since HAProxy was asked: some of its commands may have run. */
  #doubtful = false;
  readonly #turns = new Turns();

  /** After a start or reload with files made of these wishes. No other call may be under way. */
  reset(wishes: readonly MapWish[]): void {
    this.#maps = emptyMaps();
    this.#note(wishes);
    this.#doubtful = false;
  }

  /** Asks a running HAProxy. */
  read(admin: MapAdmin): Promise<void> {
    return this.#turns.take(() => this.#read(admin));
  }

  /**
   * Makes wishes come true, those that there are when it is their turn, between two lists of other commands. One change after
   * the other, so that of two changes of one entry the same comes last here and in HAProxy. After one that failed HAProxy is
   * asked first. Throws what `admin` throws.
   */
  follow(
    admin: MapAdmin,
    wishesNow: () => readonly MapWish[],
    before: readonly string[] = [],
    after: readonly string[] = [],
  ): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#doubtful) await this.#read(admin);
      const wishes = wishesNow();
      const commands = planMaps(wishes, (map, key) => this.#maps.get(map)!.get(key));
      this.#doubtful = true;
      // In one go: each is a way to HAProxy and back.
      await admin.change([...before, ...commands, ...after]);
      this.#note(wishes);
      this.#doubtful = false;
    });
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

  async #read(admin: MapAdmin): Promise<void> {
    const maps = emptyMaps();
    for (const map of ROUTE_MAPS) maps.set(map, readMap(await admin.ask(`show map ${map}`)));
    this.#maps = maps;
    this.#doubtful = false;
  }

  #note(wishes: readonly MapWish[]): void {
    for (const { map, key, value } of wishes) {
      if (value === null) this.#maps.get(map)!.delete(key);
      else this.#maps.get(map)!.set(key, value);
    }
  }
}

function emptyMaps(): Map<RouteMap, Map<string, string>> {
  return new Map(ROUTE_MAPS.map((map) => [map, new Map<string, string>()]));
}
