import { ADDRESSES } from "./entries.ts";

/**
 * Decision trees over keys, whose leaves are short lists of entries by ascending order.
 *
 * A node is `word | shift << 8 | mask << 16` and then its children: offsets of nodes, or `~leaf`. A
 * leaf is records, each of {@link strideOf} numbers, and {@link END}.
 */
export interface Forest {
  /** Of a key. */
  readonly words: number;
  readonly nodes: Int32Array;
  /**
   * Mark of the entry; kind with its mask in the upper half; interface or -1; ports as first and
   * length, destination and source; value and mask of the lowest words of both addresses; of longer
   * addresses where in {@link highs} the other words are.
   */
  readonly records: Int32Array;
  /**
   * Value and mask of the other words, lowest first, of the destination and the source in turn: once
   * for all records that ask for the same. Those that ask for nothing have 0.
   */
  readonly highs: Int32Array;
  /** A tree each: its first node … */
  readonly roots: Int32Array;
  /** … and the lowest order of its entries. */
  readonly firsts: Int32Array;
}

/** Behind the last record of a leaf; above every mark. */
export const END = 0x7fff_ffff;

/** Numbers of one place in {@link Forest.highs}. */
export const HIGHS = 12;

export function strideOf(words: number): number {
  return words - ADDRESSES > 2 ? 10 : 9;
}
