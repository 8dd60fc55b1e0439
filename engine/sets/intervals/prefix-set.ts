import type { PackedEntries } from "../../../model/pf-rule.ts";
import { digitsOf } from "../digits.ts";
import { IN, OUT } from "./diagrams.ts";
import type { NodeTable } from "./node-table.ts";

const INET6 = 1;
const NEGATED = 2;

/** Addresses that a table holds, of both families; the most specific entry decides. */
export function prefixSet(
  nodes: NodeTable,
  field: "source" | "destination",
  entries: PackedEntries,
): number {
  const inet = familySet(nodes, field, entries, 0);
  const inet6 = familySet(nodes, field, entries, INET6);
  const base = nodes.top;
  if (inet === inet6) return inet;
  nodes.newStart[base] = 0;
  nodes.newChild[base] = inet;
  nodes.newStart[base + 1] = 1;
  nodes.newChild[base + 1] = inet6;
  return nodes.make(digitsOf("family").first, base, 2);
}

/** Entries of one family: their addresses without host bits, in the order in which they cover. */
interface Entries {
  /** Words of an address. */
  readonly size: number;
  readonly words: Uint32Array;
  readonly lengths: Uint8Array;
  /** What an address that the entry decides is. */
  readonly leaves: Int8Array;
  /** Indexes: by address, shorter ones first, of equal ones the first first. */
  readonly order: Int32Array;
}

function familySet(
  nodes: NodeTable,
  field: "source" | "destination",
  packed: PackedEntries,
  family: number,
): number {
  const entries = entriesOf(packed, family);
  return new Trie(nodes, digitsOf(field).first, entries).build(0, 0, entries.order.length, OUT);
}

function entriesOf(packed: PackedEntries, family: number): Entries {
  const size = family === INET6 ? 4 : 1;
  let count = 0;
  for (let at = 0; at < packed.count; at++) if ((packed.marks[at]! & INET6) === family) count++;
  const words = new Uint32Array(count * size);
  const lengths = new Uint8Array(count);
  const leaves = new Int8Array(count);
  for (let at = 0, made = 0; at < packed.count; at++) {
    const mark = packed.marks[at]!;
    if ((mark & INET6) !== family) continue;
    const length = packed.lengths[at]!;
    lengths[made] = length;
    leaves[made] = (mark & NEGATED) === 0 ? IN : OUT;
    for (let word = 0; word < size; word++) {
      const kept = Math.max(0, Math.min(32, length - 32 * word));
      const mask = kept === 0 ? 0 : (0xffffffff << (32 - kept)) >>> 0;
      words[made * size + word] = packed.words[packed.offsets[at]! + word]! & mask;
    }
    made++;
  }
  return { size, words, lengths, leaves, order: orderOf(words, lengths, size) };
}

/** Entries below which counting sort does not pay. */
const FEW = 4096;

function orderOf(words: Uint32Array, lengths: Uint8Array, size: number): Int32Array {
  if (lengths.length < FEW) return comparedOrder(words, lengths, size);
  // least significant key first: each pass keeps what the ones before have ordered
  let order = ordered(Int32Array.from(lengths.keys()), (at) => lengths[at]!);
  for (let word = size - 1; word >= 0; word--) {
    order = ordered(order, (at) => words[at * size + word]! & 0xffff);
    order = ordered(order, (at) => words[at * size + word]! >>> 16);
  }
  return order;
}

function comparedOrder(words: Uint32Array, lengths: Uint8Array, size: number): Int32Array {
  return Int32Array.from(lengths.keys()).sort((a, b) => {
    for (let word = 0; word < size; word++) {
      const difference = words[a * size + word]! - words[b * size + word]!;
      if (difference !== 0) return difference;
    }
    return lengths[a]! - lengths[b]! || a - b;
  });
}

/** Indexes by a key below 2^16, equal ones in the order they had. */
function ordered(indexes: Int32Array, keyOf: (index: number) => number): Int32Array {
  const places = new Int32Array(65537);
  for (const index of indexes) places[keyOf(index) + 1]!++;
  for (let key = 0; key < 65536; key++) places[key + 1]! += places[key]!;
  const result = new Int32Array(indexes.length);
  for (const index of indexes) result[places[keyOf(index)]!++] = index;
  return result;
}

class Trie {
  readonly #nodes: NodeTable;
  readonly #first: number;
  readonly #entries: Entries;

  constructor(nodes: NodeTable, first: number, entries: Entries) {
    this.#nodes = nodes;
    this.#first = first;
    this.#entries = entries;
  }

  /**
   * The set of entries `begin … end - 1`, which agree in their first `digit` digits and are no
   * shorter; `inherited` is what a shorter one says.
   */
  build(digit: number, begin: number, end: number, inherited: number): number {
    const { lengths, leaves, order, size } = this.#entries;
    let from = begin;
    // entries that end with the digits so far: the first of them counts
    while (from < end && lengths[order[from]!]! <= digit * 8) from++;
    const whole = from > begin ? leaves[order[begin]!]! : inherited;
    if (from === end || digit === size * 4) return whole;
    const nodes = this.#nodes;
    const { newChild, newStart } = nodes;
    const base = nodes.top;
    nodes.top = base + 256;
    newChild.fill(whole, base, base + 256);
    this.#paintCells(digit, from, end, base);
    this.#buildBelow(digit, from, end, base);
    let made = base;
    for (let value = 0; value < 256; value++) {
      const child = newChild[base + value]!;
      if (made > base && newChild[made - 1] === child) continue;
      newStart[made] = value;
      newChild[made++] = child;
    }
    nodes.top = base;
    return nodes.make(this.#first + digit, base, made - base);
  }

  /** Entries that end within the digit: parents come before their children. */
  #paintCells(digit: number, from: number, end: number, base: number): void {
    const { lengths, leaves, order } = this.#entries;
    const { newChild } = this.#nodes;
    let lastValue = -1;
    let lastLength = -1;
    for (let at = from; at < end; at++) {
      const index = order[at]!;
      const length = lengths[index]!;
      if (length > digit * 8 + 8) continue;
      const value = this.#digitAt(at, digit);
      if (value === lastValue && length === lastLength) continue;
      lastValue = value;
      lastLength = length;
      const cells = 1 << (digit * 8 + 8 - length);
      newChild.fill(leaves[index]!, base + value, base + value + cells);
    }
  }

  /** Entries that are longer than the digit, value by value. */
  #buildBelow(digit: number, from: number, end: number, base: number): void {
    const { lengths, order } = this.#entries;
    const { newChild } = this.#nodes;
    for (let at = from; at < end; ) {
      const value = this.#digitAt(at, digit);
      let first = -1;
      for (; at < end && this.#digitAt(at, digit) === value; at++) {
        if (first < 0 && lengths[order[at]!]! > digit * 8 + 8) first = at;
      }
      if (first < 0) continue;
      newChild[base + value] = this.build(digit + 1, first, at, newChild[base + value]!);
    }
  }

  #digitAt(at: number, digit: number): number {
    const { words, order, size } = this.#entries;
    return (words[order[at]! * size + (digit >> 2)]! >>> (24 - 8 * (digit & 3))) & 255;
  }
}
