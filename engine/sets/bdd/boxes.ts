import { type Bounds, BoxList } from "../box-list.ts";
import type { Box } from "../packet-sets.ts";
import type { Bdd } from "./bdd.ts";
import { LEVELS, levelOf, PLACES, type Place } from "./levels.ts";
import { ALL, EMPTY } from "./node-table.ts";

const PLACE_FIELDS = PLACES.map(({ field }) => field);

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
  return { boxes: drawing.list.boxes, complete };
}

/**
 * The walk along all paths of a diagram to {@link ALL}, low branches first.
 *
 * A path is a pattern of 0, 1 and free bits a field. If free bits stand only at its end it is one
 * range, else one for each way to fill the free bits before.
 */
class Drawing {
  readonly list: BoxList;
  readonly #bdd: Bdd;
  /** By level: 0 = free, 1 = the bit is 0, 2 = the bit is 1. */
  readonly #path: Uint8Array = new Uint8Array(LEVELS);

  constructor(bdd: Bdd, limit: number) {
    this.#bdd = bdd;
    this.list = new BoxList(PLACE_FIELDS, limit);
  }

  /** Returns whether every path below `node` was drawn. */
  walk(node: number): boolean {
    if (node === EMPTY) return true;
    if (node === ALL) return this.list.draw((field) => rangesOf(PLACES[field]!, this.#path));
    const { level, low, high } = this.#bdd.nodes;
    const at = level[node]!;
    this.#path[at] = 1;
    if (!this.walk(low[node]!)) return false;
    this.#path[at] = 2;
    const complete = this.walk(high[node]!);
    this.#path[at] = 0;
    return complete;
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
