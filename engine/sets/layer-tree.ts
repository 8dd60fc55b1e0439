import { Cubes } from "./cubes.ts";
import {
  LARGEST_LEAF,
  type LeafOperation,
  type PacketFunction,
  type PacketFunctions,
} from "./packet-functions.ts";

/** Boxes that are painted together: below that, trees cost more than painting again. */
const CHUNK = 8;

/** The leaf of packets that no box holds; boxes have other leaves. */
const NOTHING = LARGEST_LEAF;

/** What lies over the other. */
const OVER: LeafOperation = {
  apply: (over, under) => (over === NOTHING ? under : over),
  isLeftFinal: (over) => over !== NOTHING,
  isLeftNeutral: (over) => over === NOTHING,
  isRightNeutral: (under) => under === NOTHING,
};

/**
 * Boxes laid over each other that change one at a time, as a tree of what neighbours make together.
 *
 * A change repaints one chunk and combines its ancestors again; what the change cannot touch is the
 * same nodes as before, whose combinations are remembered. Whether any answer changed is whether
 * {@link result} did.
 */
export class LayerTree {
  readonly #sets: PacketFunctions;
  readonly #below: PacketFunction;
  /** By chunk: its boxes, later ones above. */
  readonly #chunks: Cubes[] = [];
  /** By chunk: the index of its first box. */
  #starts: Int32Array = new Int32Array(0);
  /** The first level has a function for each chunk, each further one half as many. */
  readonly #levels: PacketFunction[][] = [];

  /** @param below - what packets have that are in no box */
  constructor(sets: PacketFunctions, below: PacketFunction, cubes: Cubes, order?: Int32Array) {
    this.#sets = sets;
    this.#below = below;
    const count = order?.length ?? cubes.count;
    for (let at = 0; at < count; at += CHUNK) {
      const chunk = new Cubes();
      for (let of = at; of < Math.min(count, at + CHUNK); of++) {
        const index = order?.[of] ?? of;
        chunk.copy(cubes, index, cubes.leaves[index] ?? 0);
      }
      this.#chunks.push(chunk);
    }
    if (count === 0) this.#chunks.push(new Cubes());
    this.#count();
    this.#build();
  }

  /** The function that all boxes make. */
  get result(): PacketFunction {
    const top = this.#levels.at(-1)?.[0] ?? this.#sets.always(NOTHING);
    return this.#sets.combine(OVER, top, this.#below);
  }

  /** Gives box `index`, counted in the order of painting, another leaf. */
  setLeaf(index: number, leaf: number): void {
    const { chunk, at } = this.#placeOf(index);
    const cubes = this.#chunks[chunk];
    if (cubes === undefined) return;
    cubes.leaves[at] = leaf;
    this.#rebuild(chunk);
  }

  /** Removes box `index`. */
  remove(index: number): void {
    const { chunk, at } = this.#placeOf(index);
    this.#replaceChunk(chunk, (cubes, made) => {
      for (let of = 0; of < cubes.count; of++) {
        if (of !== at) made.copy(cubes, of, cubes.leaves[of] ?? 0);
      }
    });
  }

  /** Puts box `from` of `other` below box `index`; at the end if there is no such box. */
  insert(index: number, other: Cubes, from: number): void {
    const { chunk, at } = this.#placeOf(index);
    this.#replaceChunk(chunk, (cubes, made) => {
      for (let of = 0; of <= cubes.count; of++) {
        if (of === at) made.copy(other, from, other.leaves[from] ?? 0);
        if (of < cubes.count) made.copy(cubes, of, cubes.leaves[of] ?? 0);
      }
    });
  }

  #placeOf(index: number): { readonly chunk: number; readonly at: number } {
    const starts = this.#starts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const at = Math.min(index - (starts[low] ?? 0), this.#chunks[low]?.count ?? 0);
    return { chunk: low, at };
  }

  #count(): void {
    this.#starts = new Int32Array(this.#chunks.length);
    let start = 0;
    for (const [chunk, { count }] of this.#chunks.entries()) {
      this.#starts[chunk] = start;
      start += count;
    }
  }

  #replaceChunk(chunk: number, fill: (cubes: Cubes, made: Cubes) => void): void {
    const made = new Cubes();
    fill(this.#chunks[chunk] ?? made, made);
    this.#chunks[chunk] = made;
    this.#count();
    this.#rebuild(chunk);
  }

  #painted(cubes: Cubes): PacketFunction {
    return this.#sets.paint(this.#sets.always(NOTHING), cubes);
  }

  #build(): void {
    let level = this.#chunks.map((it) => this.#painted(it));
    this.#levels.push(level);
    while (level.length > 1) {
      const below = level;
      level = Array.from({ length: Math.ceil(below.length / 2) }, (_, at) =>
        this.#joined(below, at),
      );
      this.#levels.push(level);
    }
  }

  #joined(below: readonly PacketFunction[], at: number): PacketFunction {
    const [under, over] = [below[2 * at], below[2 * at + 1]];
    if (under === undefined) return this.#sets.always(NOTHING);
    return over === undefined ? under : this.#sets.combine(OVER, over, under);
  }

  /** Paints a chunk again, and combines what it is part of. */
  #rebuild(chunk: number): void {
    const cubes = this.#chunks[chunk];
    const [first] = this.#levels;
    if (cubes === undefined || first === undefined) return;
    first[chunk] = this.#painted(cubes);
    let at = chunk;
    for (let up = 1; up < this.#levels.length; up++) {
      at >>= 1;
      const below = this.#levels[up - 1] ?? [];
      const level = this.#levels[up];
      if (level === undefined) return;
      const joined = this.#joined(below, at);
      if (joined === level[at]) return;
      level[at] = joined;
    }
  }
}
