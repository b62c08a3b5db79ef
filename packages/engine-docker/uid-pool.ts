import type { UidRange } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** Ids that one installation goes round in, before it uses one again. */
const SLOT = 4_096;

/**
 * User ids of the machine, each for one dyno at a time. Nobody keeps a list of them for the whole machine: installations stay in
 * different slots of the range, by their own id, and look once which slots others are in.
 */
export class UidPool {
  readonly #range: UidRange;
  readonly #reserved: readonly UidRange[];
  readonly #used = new Set<number>();
  readonly #slots: number;
  readonly #slotSize: number;
  #slot: number;
  /** Offset in the slot of the next id to look at. */
  #next: number;

  /**
   * `reserved` ids belong to somebody else on this machine. `start`, from 0 to 1: where in its slot it begins, so that a new
   * agent does not give out at once what the last one has just taken back.
   */
  constructor(range: UidRange, installId: string, reserved: readonly UidRange[], start: number) {
    const size = range.last - range.first + 1;
    this.#range = range;
    this.#reserved = reserved;
    this.#slotSize = Math.min(SLOT, size);
    this.#slots = Math.floor(size / this.#slotSize);
    this.#slot = Number.parseInt(installId, 16) % this.#slots;
    this.#next = Math.floor(start * this.#slotSize);
  }

  /** These are ids of other installations' dynos: leaves their slots to them while there is a free one. */
  avoid(uids: readonly number[]): void {
    const taken = new Set(uids.filter((uid) => contains(this.#range, uid)).map((uid) => this.#slotOf(uid)));
    for (let tries = 0; tries < this.#slots && taken.has(this.#slot); tries++) {
      this.#slot = (this.#slot + 1) % this.#slots;
    }
    for (const uid of uids) this.#used.add(uid);
  }

  /** A dyno that runs has this id. */
  hold(uid: number): void {
    this.#used.add(uid);
  }

  /** Nothing of the dyno that had this id is left. */
  release(uid: number): void {
    this.#used.delete(uid);
  }

  /** An id that no dyno has, the one that was not used for longest. Throws `engine_unavailable` when there is none. */
  take(): number {
    const size = this.#slots * this.#slotSize;
    const origin = this.#slot * this.#slotSize;
    // Round the own slot first; a machine whose slot is full goes on in the others.
    for (let step = 0; step < size; step++) {
      const offset = step < this.#slotSize ? (this.#next + step) % this.#slotSize : step;
      const uid = this.#range.first + ((origin + offset) % size);
      if (this.#used.has(uid) || this.#reserved.some((range) => contains(range, uid))) continue;
      this.#next = (offset + 1) % this.#slotSize;
      this.#used.add(uid);
      return uid;
    }
    const { first, last } = this.#range;
    const message = `All user ids from ${first} to ${last} are taken. Name others in JANGADA_DYNO_UIDS.`;
    throw new PlatformError('engine_unavailable', message);
  }

  #slotOf(uid: number): number {
    return Math.floor((uid - this.#range.first) / this.#slotSize);
  }
}

function contains({ first, last }: UidRange, uid: number): boolean {
  return first <= uid && uid <= last;
}
