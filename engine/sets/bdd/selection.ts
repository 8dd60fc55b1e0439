import type { Bdd } from "./bdd.ts";
import { ADDRESSES_END, bitsOf, LEVELS, levelOf, type Place, UNUSED_FIRST } from "./levels.ts";
import { ALL, EMPTY } from "./node-table.ts";

/** Some levels, each with a bit, that an operation acts on. */
export interface Selection {
  /** By level: 0 = not selected, 1 = selected with bit 0, 2 = selected with bit 1. */
  readonly choice: Uint8Array;
  /** The last selected level, -1 if there is none. */
  readonly last: number;
  /** Diagram of the packets with the selected bits: names the selection in memo keys. */
  readonly cube: number;
}

/** The levels of a field's bits wherever `mask` has a one, with the bits of `value`. */
export function selectBits(bdd: Bdd, place: Place, value: bigint, mask: bigint): Selection {
  const choice = new Uint8Array(LEVELS);
  choose(choice, place, value, mask);
  return selectionOf(bdd, choice);
}

/** All levels of some fields. */
export function selectFields(bdd: Bdd, places: readonly Place[]): Selection {
  const choice = new Uint8Array(LEVELS);
  for (const place of places) {
    const all = (1n << BigInt(place.width)) - 1n;
    choose(choice, place, all, all);
  }
  return selectionOf(bdd, choice);
}

/** The address bits that inet leaves unused, as 0, save the levels that `but` selects. */
export function selectUnused(bdd: Bdd, but: Selection): Selection {
  const choice = new Uint8Array(LEVELS);
  for (let level = UNUSED_FIRST; level < ADDRESSES_END; level++) {
    if (but.choice[level] === 0) choice[level] = 1;
  }
  return selectionOf(bdd, choice);
}

function choose(choice: Uint8Array, place: Place, value: bigint, mask: bigint): void {
  const values = bitsOf(place, value);
  const chosen = bitsOf(place, mask);
  for (let bit = 0; bit < place.width; bit++) {
    if (chosen[bit]) choice[levelOf(place, bit)] = values[bit] ? 2 : 1;
  }
}

function selectionOf(bdd: Bdd, choice: Uint8Array): Selection {
  let cube = ALL;
  let last = -1;
  for (let level = LEVELS - 1; level >= 0; level--) {
    if (choice[level] === 0) continue;
    if (last < 0) last = level;
    cube =
      choice[level] === 2 ? bdd.nodes.make(level, EMPTY, cube) : bdd.nodes.make(level, cube, EMPTY);
  }
  return { choice, last, cube };
}
