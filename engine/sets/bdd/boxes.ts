import { type Bounds, BoxList } from "../box-list.ts";
import type { Box } from "../packet-sets.ts";
import type { Bdd } from "./bdd.ts";
import { HEADER_PLACES, LEVELS, levelOf, type Place } from "./levels.ts";
import { ALL, EMPTY } from "./node-table.ts";

const PLACE_FIELDS = HEADER_PLACES.map(({ field }) => field);

/**
 * Disjoint boxes whose union is the diagram, which tests no label, or the first `limit` of them.
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
 * The walk along the paths of a diagram to {@link ALL}, low branches first, as far as to parts that
 * are one box: of four ranges alone a diagram has as many paths as the product of their prefixes.
 *
 * A path is a pattern of 0, 1 and free bits a field. If free bits stand only at its end it is one
 * range, else one for each way to fill the free bits before.
 */
class Drawing {
  readonly list: BoxList;
  readonly #bdd: Bdd;
  readonly #parts: WholeBoxes;
  /** By level: 0 = free, 1 = the bit is 0, 2 = the bit is 1. */
  readonly #path: Uint8Array = new Uint8Array(LEVELS);

  constructor(bdd: Bdd, limit: number) {
    this.#bdd = bdd;
    this.#parts = new WholeBoxes(bdd);
    this.list = new BoxList(PLACE_FIELDS, limit);
  }

  /** Returns whether every path below `node` was drawn. */
  walk(node: number): boolean {
    if (node === EMPTY) return true;
    const box = this.#parts.of(node);
    if (box !== undefined) {
      return this.list.draw((field) => rangesOf(HEADER_PLACES[field]!, this.#path, box[field]));
    }
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

/** A range of the last bits of a field. The bits before are free. */
interface Suffix {
  readonly bits: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** By field: undefined where all bits are free. */
type Suffixes = readonly (Suffix | undefined)[];

/** Which diagrams are one box: then both branches are, with the same ranges of all other fields. */
class WholeBoxes {
  readonly #bdd: Bdd;
  /** Null: it is none. */
  readonly #known: Map<number, Suffixes | null> = new Map([
    [ALL, HEADER_PLACES.map(() => undefined)],
  ]);

  constructor(bdd: Bdd) {
    this.#bdd = bdd;
  }

  /** The box of a diagram that is not empty; undefined: it is none. */
  of(node: number): Suffixes | undefined {
    let box = this.#known.get(node);
    if (box === undefined) {
      box = this.#made(node) ?? null;
      this.#known.set(node, box);
    }
    return box ?? undefined;
  }

  #made(node: number): Suffixes | undefined {
    const { level, low, high } = this.#bdd.nodes;
    const field = FIELD_AT[level[node]!]!;
    const bit = BIT_AT[level[node]!]!;
    const lower = low[node] === EMPTY ? undefined : this.of(low[node]!);
    if (lower === undefined && low[node] !== EMPTY) return undefined;
    const upper = high[node] === EMPTY ? undefined : this.of(high[node]!);
    if (upper === undefined && high[node] !== EMPTY) return undefined;
    const rest = lower ?? upper;
    if (rest === undefined) return undefined;
    if (lower && upper && !lower.every((it, at) => at === field || isSame(it, upper[at]))) {
      return undefined;
    }
    const joined = joinedOf(
      bit,
      lower && spread(lower[field], bit),
      upper && spread(upper[field], bit),
    );
    return joined && rest.with(field, isFull(joined) ? undefined : joined);
  }
}

/** By level: index of its field, and how many bits of the field stand behind its bit. */
const FIELD_AT = new Uint8Array(LEVELS);
const BIT_AT = new Uint8Array(LEVELS);
for (const [field, place] of HEADER_PLACES.entries()) {
  for (let index = 0; index < place.width; index++) {
    FIELD_AT[levelOf(place, index)] = field;
    BIT_AT[levelOf(place, index)] = place.width - 1 - index;
  }
}

/** The same of more bits; null: it is no range of them. */
function spread(suffix: Suffix | undefined, bits: number): Suffix | null {
  if (suffix === undefined) return { bits, first: 0n, last: (1n << BigInt(bits)) - 1n };
  return suffix.bits === bits ? suffix : null;
}

/**
 * Values whose next bit before is 0 and whose others are `lower`, and those with a 1 and `upper`.
 * Undefined: they are no range.
 */
function joinedOf(
  bit: number,
  lower: Suffix | null | undefined,
  upper: Suffix | null | undefined,
): Suffix | undefined {
  if (lower === null || upper === null) return undefined;
  const one = 1n << BigInt(bit);
  const bits = bit + 1;
  if (upper === undefined) return lower && { ...lower, bits };
  const last = one | upper.last;
  if (lower === undefined) return { bits, first: one | upper.first, last };
  const goesOn = lower.last === one - 1n && upper.first === 0n;
  return goesOn ? { bits, first: lower.first, last } : undefined;
}

function isSame(a: Suffix | undefined, b: Suffix | undefined): boolean {
  return a === b || (a?.bits === b?.bits && a?.first === b?.first && a?.last === b?.last);
}

function isFull({ bits, first, last }: Suffix): boolean {
  return first === 0n && last === (1n << BigInt(bits)) - 1n;
}

/** The ranges of one field's pattern, ascending; its last bits are those of the suffix. */
function* rangesOf(place: Place, path: Uint8Array, suffix: Suffix | undefined): Generator<Bounds> {
  const bits = suffix?.bits ?? 0;
  let ones = 0n;
  let open = 0n; // free bits
  let tail = 0n; // free bits after the last tested one
  for (let bit = 0; bit < place.width - bits; bit++) {
    const state = path[levelOf(place, bit)]!;
    ones = (ones << 1n) | (state === 2 ? 1n : 0n);
    open = (open << 1n) | (state === 0 ? 1n : 0n);
    tail = state === 0 ? (tail << 1n) | 1n : 0n;
  }
  const shift = BigInt(bits);
  const holes = suffix === undefined ? open & ~tail : open;
  const [least, most] = suffix === undefined ? [0n, tail] : [suffix.first, suffix.last];
  let filling = 0n;
  do {
    const first = (ones | filling) << shift;
    yield [first | least, first | most];
    filling = (filling - holes) & holes; // the next subset of the holes, 0 after the last
  } while (filling !== 0n);
}
