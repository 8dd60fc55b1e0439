import type { Box, Field } from "../packet-sets.ts";
import type { Bdd } from "./bdd.ts";
import { LEVELS, levelOf, PLACES, type Place } from "./levels.ts";
import { ALL, EMPTY } from "./node-table.ts";

/** First and last value of a field. */
type Bounds = readonly [first: bigint, last: bigint];

/** A box with bounds for every field, in the order of the places. */
type FullBox = readonly Bounds[];

/**
 * Disjoint boxes whose union is the diagram, or the first `limit` of them.
 *
 * `complete` implies that the union is all; not complete means that more than `limit` boxes stood
 * side by side, even if later merging had made them fewer.
 */
export function boxesOf(
  bdd: Bdd,
  root: number,
  limit: number,
): { readonly boxes: readonly Box[]; readonly complete: boolean } {
  const drawing = new Drawing(bdd, limit);
  const complete = drawing.walk(root);
  return { boxes: drawing.boxes.map(withoutFullFields), complete };
}

/**
 * The walk along all paths of a diagram to {@link ALL}, low branches first.
 *
 * A path is a pattern of 0, 1 and free bits a field. If free bits stand only at its end it is one
 * range, else one for each way to fill the free bits before. A box that continues the one before is
 * merged with it, so that a run of patterns becomes one range again.
 */
class Drawing {
  readonly boxes: FullBox[] = [];
  readonly #bdd: Bdd;
  readonly #limit: number;
  /** By level: 0 = free, 1 = the bit is 0, 2 = the bit is 1. */
  readonly #path: Uint8Array = new Uint8Array(LEVELS);

  constructor(bdd: Bdd, limit: number) {
    this.#bdd = bdd;
    this.#limit = limit;
  }

  /** Returns whether every path below `node` was drawn. */
  walk(node: number): boolean {
    if (node === EMPTY) return true;
    if (node === ALL) return this.#draw([]);
    const { level, low, high } = this.#bdd.nodes;
    const at = level[node]!;
    this.#path[at] = 1;
    if (!this.walk(low[node]!)) return false;
    this.#path[at] = 2;
    const complete = this.walk(high[node]!);
    this.#path[at] = 0;
    return complete;
  }

  /** Draws the boxes of the path that begin with `bounds`. */
  #draw(bounds: FullBox): boolean {
    const place = PLACES[bounds.length];
    if (place === undefined) return this.#add(bounds);
    for (const next of rangesOf(place, this.#path)) {
      if (!this.#draw([...bounds, next])) return false;
    }
    return true;
  }

  #add(box: FullBox): boolean {
    let last = box;
    for (let before = this.boxes.at(-1); before !== undefined; before = this.boxes.at(-1)) {
      const merged = mergeOf(before, last);
      if (merged === undefined) break;
      this.boxes.pop();
      last = merged;
    }
    if (this.boxes.length >= this.#limit) return false;
    this.boxes.push(last);
    return true;
  }
}

/** The ranges of one field's pattern, ascending. */
function* rangesOf(place: Place, path: Uint8Array): Generator<Bounds> {
  let ones = 0n;
  let open = 0n; // free bits
  let tail = 0n; // free bits after the last tested one
  for (let bit = 0; bit < place.width; bit++) {
    const state = path[levelOf(place, bit)]!;
    ones = (ones << 1n) | (state === 2 ? 1n : 0n);
    open = (open << 1n) | (state === 0 ? 1n : 0n);
    tail = state === 0 ? (tail << 1n) | 1n : 0n;
  }
  const holes = open & ~tail;
  let filling = 0n;
  do {
    const first = ones | filling;
    yield [first, first | tail];
    filling = (filling - holes) & holes; // the next subset of the holes, 0 after the last
  } while (filling !== 0n);
}

/** The union of two boxes if it is a box: all bounds equal but one field's, which go on. */
function mergeOf(before: FullBox, next: FullBox): FullBox | undefined {
  let differing = -1;
  for (let field = 0; field < before.length; field++) {
    const [first, last] = before[field]!;
    const [nextFirst, nextLast] = next[field]!;
    if (first === nextFirst && last === nextLast) continue;
    if (differing >= 0 || last + 1n !== nextFirst) return undefined;
    differing = field;
  }
  return before.with(differing, [before[differing]![0], next[differing]![1]]);
}

function withoutFullFields(box: FullBox): Box {
  const kept: Partial<Record<Field, Bounds>> = {};
  for (const [index, { field, width }] of PLACES.entries()) {
    const [first, last] = box[index]!;
    if (first !== 0n || last !== (1n << BigInt(width)) - 1n) kept[field] = [first, last];
  }
  return kept;
}
