import { ADDRESSES } from "./entries.ts";
import { END, type Forest, strideOf } from "./forest.ts";

/** Packets that go through a tree together: their keys stay in the nearest cache. */
export const BLOCK = 256;

/** What is asked of a packet besides the words of its key. */
export interface Residue {
  /** By place in the block: nonzero if no conditions are enough for it, as for a fragment. */
  readonly odd: Uint8Array;
  /** Whether packet `at` of the block meets all criteria of entry `order`. */
  readonly holds: (order: number, at: number) => boolean;
}

/** Takes every entry whose conditions are met. */
const NOTHING_MORE: Residue = { odd: new Uint8Array(BLOCK), holds: () => true };

/** Searches forests for up to {@link BLOCK} packets at once; allocates nothing while it does. */
export class ForestSearch {
  /** Word `w` of packet `k` at `w * BLOCK + k`. */
  readonly keys: Uint32Array = new Uint32Array(12 * BLOCK);
  readonly #leaves: Int32Array = new Int32Array(BLOCK);

  /**
   * Lowers `best`, marks of entries, to that of the first entry which each packet meets.
   *
   * @param best - {@link END}, or marks from which on none matters
   */
  search(forest: Forest, count: number, best: Int32Array, residue: Residue): void {
    const { records, roots, firsts } = forest;
    // by number: an iterator would be an object for each block
    for (let tree = 0; tree < roots.length; tree++) {
      this.#descend(forest.nodes, roots[tree]!, count, firsts[tree]! * 2, best);
      for (let at = 0; at < count; at++) {
        const leaf = this.#leaves[at]!;
        const limit = best[at]!;
        if (records[leaf]! >= limit) continue;
        best[at] = this.#scanned(forest, leaf, limit, at, residue);
      }
    }
  }

  /** Most entries that packet 0 may meet. */
  mostOf({ nodes, records, words, roots }: Forest): number {
    const stride = strideOf(words);
    let most = 0;
    for (let tree = 0; tree < roots.length; tree++) {
      let record = this.#leafOf(nodes, roots[tree]!, 0);
      for (; records[record] !== END; record += stride) most++;
    }
    return most;
  }

  /** Writes the orders of all entries that packet 0 may meet, ascending; how many they are. */
  all(forest: Forest, into: Int32Array): number {
    const { nodes, roots, words } = forest;
    const stride = strideOf(words);
    let count = 0;
    for (let tree = 0; tree < roots.length; tree++) {
      let record = this.#leafOf(nodes, roots[tree]!, 0);
      for (;;) {
        const mark = this.#scanned(forest, record, END, 0, NOTHING_MORE);
        if (mark === END) break;
        // few, and mostly in order already
        let at = count++;
        for (; at > 0 && into[at - 1]! > mark >> 1; at--) into[at] = into[at - 1]!;
        into[at] = mark >> 1;
        while (forest.records[record]! <= mark) record += stride;
      }
    }
    return count;
  }

  /** The mark of the first entry from order `from` on that packet 0 may meet; {@link END}: none. */
  firstFrom(forest: Forest, from: number): number {
    return this.next(forest, from, 0, END, NOTHING_MORE);
  }

  /** The mark of the first entry from order `from` on that packet `at` meets, if below `limit`. */
  next(forest: Forest, from: number, at: number, limit: number, residue: Residue): number {
    const { nodes, records, words, roots, firsts } = forest;
    const stride = strideOf(words);
    let best = limit;
    for (let tree = 0; tree < roots.length; tree++) {
      if (firsts[tree]! * 2 >= best) continue;
      let record = this.#leafOf(nodes, roots[tree]!, at);
      while (records[record]! < from * 2) record += stride;
      best = this.#scanned(forest, record, best, at, residue);
    }
    return best;
  }

  /** Takes all packets to their leaves; those that have something better already stay behind. */
  #descend(nodes: Int32Array, root: number, count: number, least: number, best: Int32Array): void {
    for (let at = 0; at < count; at++) {
      this.#leaves[at] = best[at]! <= least ? 0 : this.#leafOf(nodes, root, at);
    }
  }

  #leafOf(nodes: Int32Array, root: number, at: number): number {
    const { keys } = this;
    let node = root;
    while (node >= 0) {
      const head = nodes[node]!;
      const word = keys[(head & 255) * BLOCK + at]!;
      node = nodes[node + 1 + ((word >>> ((head >>> 8) & 31)) & (head >>> 16))]!;
    }
    return ~node;
  }

  /** The mark of the first record, from `leaf` on and below `limit`, that a packet meets; or `limit`. */
  #scanned(
    { records, highs, words }: Forest,
    leaf: number,
    limit: number,
    at: number,
    residue: Residue,
  ): number {
    const { keys } = this;
    const width = (words - ADDRESSES) >> 1;
    const stride = strideOf(words);
    const kind = keys[at]!;
    const to = keys[(ADDRESSES + width - 1) * BLOCK + at]!;
    const from = keys[(words - 1) * BLOCK + at]!;
    for (let record = leaf; ; record += stride) {
      const mark = records[record]!;
      if (mark >= limit) return limit;
      // one jump for all three: which of them fails cannot be foreseen
      const ofKind = records[record + 1]!;
      const different =
        ((to ^ records[record + 5]!) & records[record + 6]!) |
        ((from ^ records[record + 7]!) & records[record + 8]!) |
        ((kind ^ ofKind) & (ofKind >>> 16));
      if (different !== 0) continue;
      if (isOutside(keys[2 * BLOCK + at]!, records[record + 3]!)) continue;
      if (isOutside(keys[3 * BLOCK + at]!, records[record + 4]!)) continue;
      const where = records[record + 2]!;
      if (where >= 0 && where !== keys[BLOCK + at]) continue;
      if (width > 1 && !this.#hasHigh(highs, records[record + 9]!, at)) continue;
      const isEnough = ((mark & 1) | residue.odd[at]!) === 0;
      if (isEnough || residue.holds(mark >> 1, at)) return mark;
    }
  }

  /** Whether the three high words of both addresses are as asked. */
  #hasHigh(highs: Int32Array, first: number, at: number): boolean {
    if (first === 0) return true;
    const { keys } = this;
    let field = first;
    for (let word = ADDRESSES + 2; word >= ADDRESSES; word--, field += 4) {
      const to = keys[word * BLOCK + at]!;
      const from = keys[(word + 4) * BLOCK + at]!;
      const different =
        ((to ^ highs[field]!) & highs[field + 1]!) |
        ((from ^ highs[field + 2]!) & highs[field + 3]!);
      if (different !== 0) return false;
    }
    return true;
  }
}

/** @param range - first port, and in the upper half how many follow it */
function isOutside(port: number, range: number): boolean {
  return (port - (range & 0xffff)) >>> 0 > range >>> 16;
}
