import { type Bounds, BoxList } from "../box-list.ts";
import { DIGITS, type DigitPlace, HEADER_PLACES, LARGEST } from "../digits.ts";
import type { Box } from "../packet-sets.ts";
import { OUT } from "./diagrams.ts";
import type { NodeTable } from "./node-table.ts";

const PLACE_FIELDS = HEADER_PLACES.map(({ field }) => field);

/**
 * Disjoint boxes whose union is the set, which tests no label, or the first `limit` of them, ascending.
 *
 * `complete` implies that the union is all; not complete means that more than `limit` boxes stood
 * side by side, even if later merging had made them fewer.
 */
export function boxesOf(
  nodes: NodeTable,
  root: number,
  limit: number,
): { readonly boxes: readonly Box[]; readonly complete: boolean } {
  const drawing = new Drawing(nodes, limit);
  const complete = drawing.walk(root);
  return { boxes: drawing.list.boxes, complete };
}

/** The walk along all paths of a diagram to its members; a path is a range for each digit. */
class Drawing {
  readonly list: BoxList;
  readonly #nodes: NodeTable;
  readonly #lows: Uint8Array = new Uint8Array(DIGITS);
  readonly #highs: Uint8Array = LARGEST.slice();

  constructor(nodes: NodeTable, limit: number) {
    this.#nodes = nodes;
    this.list = new BoxList(PLACE_FIELDS, limit);
  }

  /** Returns whether every path below `node` was drawn. */
  walk(node: number): boolean {
    if (node === OUT) return true;
    if (node < 0) return this.#draw();
    const { level, first, start, child } = this.#nodes;
    const digit = level[node]!;
    const end = first[node + 1]!;
    let complete = true;
    for (let edge = first[node]!; complete && edge < end; edge++) {
      this.#lows[digit] = start[edge]!;
      this.#highs[digit] = edge + 1 < end ? start[edge + 1]! - 1 : LARGEST[digit]!;
      complete = this.walk(child[edge]!);
    }
    this.#lows[digit] = 0;
    this.#highs[digit] = LARGEST[digit]!;
    return complete;
  }

  #draw(): boolean {
    return this.list.draw((field) => rangesOf(HEADER_PLACES[field]!, this.#lows, this.#highs));
  }
}

/** The ranges of one field: one for each way to fill the digits before the last that is not full. */
function* rangesOf(place: DigitPlace, lows: Uint8Array, highs: Uint8Array): Generator<Bounds> {
  const end = place.first + place.length;
  let last = end - 1;
  while (last > place.first && lows[last] === 0 && highs[last] === LARGEST[last]) last--;
  const tail = (1n << BigInt(8 * (end - 1 - last))) - 1n;
  const filled = (digit: number, above: bigint): Bounds[] | Generator<Bounds> => {
    if (digit === last) {
      const [low, high] = [lows[digit]!, highs[digit]!];
      const shift = BigInt(8 * (end - 1 - last));
      const first = ((above << 8n) | BigInt(low)) << shift;
      return [[first, (((above << 8n) | BigInt(high)) << shift) | tail]];
    }
    return fill(digit, above);
  };
  function* fill(digit: number, above: bigint): Generator<Bounds> {
    for (let value = lows[digit]!; value <= highs[digit]!; value++) {
      yield* filled(digit + 1, (above << 8n) | BigInt(value));
    }
  }
  yield* filled(place.first, 0n);
}
