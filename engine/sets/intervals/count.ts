import { DIGIT_PLACES, DIGITS, digitsOf, HEADER_PLACES, LARGEST } from "../digits.ts";
import { childAt } from "./digit-node.ts";
import type { NodeTable } from "./node-table.ts";

const FAMILY = digitsOf("family").first;
/** Digits of an address that inet uses. */
const INET_DIGITS = 4;

/** By digit: values of all digits from it on, as bits; of inet packets the unused digits have none. */
const INET_BITS = bitsFrom((digit) => isHeader(digit) && !isUnused(digit));
const INET6_BITS = bitsFrom(isHeader);

/** Number of packets for whom `counts` holds of their leaf; an inet packet's unused digits are 0. No label is tested. */
export function countLeaves(
  nodes: NodeTable,
  root: number,
  counts: (leaf: number) => boolean,
): bigint {
  const family = root >= 0 && nodes.level[root] === FAMILY;
  return [INET_BITS, INET6_BITS]
    .map((bits, which) => {
      const part = family ? childAt(nodes, root, which) : root;
      return new Counting(nodes, bits, counts).from(FAMILY + 1, part);
    })
    .reduce((sum, it) => sum + it, 0n);
}

class Counting {
  readonly #nodes: NodeTable;
  readonly #bits: Uint16Array;
  readonly #counts: (leaf: number) => boolean;
  readonly #known: Map<number, bigint> = new Map();

  constructor(nodes: NodeTable, bits: Uint16Array, counts: (leaf: number) => boolean) {
    this.#nodes = nodes;
    this.#bits = bits;
    this.#counts = counts;
  }

  /** Packets of the digits from `digit` on; `node` tests none before. */
  from(digit: number, node: number): bigint {
    const level = node < 0 ? DIGITS : this.#nodes.level[node]!;
    const free = BigInt(this.#bits[digit]! - this.#bits[level]!);
    if (node < 0) return this.#counts(~node) ? 1n << free : 0n;
    return this.#at(node, level) << free;
  }

  #at(node: number, level: number): bigint {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const { first, start, child } = this.#nodes;
    const end = first[node + 1]!;
    let count = 0n;
    const isCounted = this.#bits[level]! > this.#bits[level + 1]!;
    for (let edge = first[node]!; edge < end; edge++) {
      const next = edge + 1 < end ? start[edge + 1]! : LARGEST[level]! + 1;
      const below = this.from(level + 1, child[edge]!);
      if (!isCounted) {
        count = below; // the digit is 0
        break;
      }
      count += BigInt(next - start[edge]!) * below;
    }
    this.#known.set(node, count);
    return count;
  }
}

function isHeader(digit: number): boolean {
  return HEADER_PLACES.some(({ first, length }) => digit >= first && digit < first + length);
}

function isUnused(digit: number): boolean {
  return DIGIT_PLACES.some(({ field, first, length }) => {
    const isAddress = field === "source" || field === "destination";
    return isAddress && digit >= first + INET_DIGITS && digit < first + length;
  });
}

function bitsFrom(counts: (digit: number) => boolean): Uint16Array {
  const bits = new Uint16Array(DIGITS + 1);
  for (let digit = DIGITS - 1; digit >= 0; digit--) {
    const own = counts(digit) ? Math.log2(LARGEST[digit]! + 1) : 0;
    bits[digit] = bits[digit + 1]! + own;
  }
  return bits;
}
