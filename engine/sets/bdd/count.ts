import type { Bdd } from "./bdd.ts";
import { ADDRESSES_END, FAMILY_LEVEL, LABELS_FIRST, LEVELS, UNUSED_FIRST } from "./levels.ts";
import { EMPTY } from "./node-table.ts";

/** By level: bits that count from this level on; by family. */
const INET_BITS_FROM = bitsFrom(
  (level) => level < UNUSED_FIRST || (level >= ADDRESSES_END && level < LABELS_FIRST),
);
const INET6_BITS_FROM = bitsFrom((level) => level < LABELS_FIRST);

/** Number of packets of a diagram under some label: an inet packet is one, its unused address bits being 0. */
export function countPackets(bdd: Bdd, root: number): bigint {
  const { nodes } = bdd;
  const split = nodes.level[root] === FAMILY_LEVEL;
  const inet = new Counting(bdd, INET_BITS_FROM);
  const inet6 = new Counting(bdd, INET6_BITS_FROM);
  return (
    inet.from(FAMILY_LEVEL + 1, split ? nodes.low[root]! : root) +
    inet6.from(FAMILY_LEVEL + 1, split ? nodes.high[root]! : root)
  );
}

/** One count, its intermediate results by node. */
class Counting {
  readonly #bdd: Bdd;
  readonly #bitsFrom: Uint16Array;
  readonly #known = new Map<number, bigint>();

  constructor(bdd: Bdd, bitsFrom: Uint16Array) {
    this.#bdd = bdd;
    this.#bitsFrom = bitsFrom;
  }

  /** Assignments to the counted bits from `level` on; `node` is at or below that level. */
  from(level: number, node: number): bigint {
    if (node === EMPTY) return 0n;
    const skipped = this.#bitsFrom[level]! - this.#bitsFrom[this.#bdd.nodes.level[node]!]!;
    return this.#at(node) << BigInt(skipped);
  }

  #at(node: number): bigint {
    const { nodes } = this.#bdd;
    const level = nodes.level[node]!;
    if (level === LEVELS) return BigInt(node); // EMPTY none, ALL one
    if (level >= LABELS_FIRST) return 1n; // some label
    const known = this.#known.get(node);
    if (known !== undefined) return known;

    const counted = this.#bitsFrom[level]! > this.#bitsFrom[level + 1]!;
    const lower = this.from(level + 1, nodes.low[node]!);
    const count = counted ? lower + this.from(level + 1, nodes.high[node]!) : lower;
    this.#known.set(node, count);
    return count;
  }
}

function bitsFrom(counts: (level: number) => boolean): Uint16Array {
  const bits = new Uint16Array(LEVELS + 1);
  for (let level = LEVELS - 1; level >= 0; level--) {
    bits[level] = bits[level + 1]! + (counts(level) ? 1 : 0);
  }
  return bits;
}
