import type { PackedEntries } from "../../../model/pf-rule.ts";
import type { Bdd } from "./bdd.ts";
import { FAMILY_LEVEL, INET_BITS, levelOf, type Place } from "./levels.ts";
import { ALL, EMPTY } from "./node-table.ts";

const INET6 = 1;
const NEGATED = 2;
/** Words kept of every address; inet fills the first. */
const WORDS = 4;

/**
 * Packets of either family whose address some entries hold: the most specific one that covers the
 * address decides, a negated one against it. Of two with one address and length the first counts.
 *
 * @param place - of the source or the destination
 *
 * O(entries × bits); makes no node that is not part of the result.
 */
export function prefixDiagram(bdd: Bdd, place: Place, entries: PackedEntries): number {
  const inet = new Prefixes(bdd, place, INET_BITS, entries, 0).diagram();
  const inet6 = new Prefixes(bdd, place, place.width, entries, INET6).diagram();
  return bdd.nodes.make(FAMILY_LEVEL, inet, inet6);
}

/** The entries of one family, sorted so that those with common first bits stand together. */
class Prefixes {
  readonly #bdd: Bdd;
  readonly #place: Place;
  /** By entry: words, bits behind the prefix cleared. */
  readonly #words: Uint32Array;
  readonly #lengths: Uint8Array;
  readonly #marks: Uint8Array;
  /** Entries by address, then length, then as they were given. */
  readonly #sorted: Uint32Array;

  constructor(
    bdd: Bdd,
    place: Place,
    width: number,
    { count, offsets, words, lengths, marks }: PackedEntries,
    family: 0 | typeof INET6,
  ) {
    this.#bdd = bdd;
    this.#place = place;
    this.#words = new Uint32Array(count * WORDS);
    this.#lengths = lengths;
    this.#marks = marks;
    const listed: number[] = [];
    for (let entry = 0; entry < count; entry++) {
      if ((marks[entry]! & INET6) !== family) continue;
      const length = lengths[entry]!;
      if (length > width) throw new RangeError(`prefix length: ${length} of ${width}`);
      for (let word = 0; word * 32 < length; word++) {
        const kept = Math.min(length - word * 32, 32);
        this.#words[entry * WORDS + word] = words[offsets[entry]! + word]! & (-1 << (32 - kept));
      }
      listed.push(entry);
    }
    this.#sorted = Uint32Array.from(listed).sort((a, b) => this.#compare(a, b));
  }

  diagram(): number {
    return this.#below(0, this.#sorted.length, 0, EMPTY);
  }

  /** Of the sorted entries `from … to - 1`, which agree in their first `bit` bits; else `covering`. */
  #below(from: number, to: number, bit: number, covering: number): number {
    let start = from;
    while (start < to && this.#lengths[this.#sorted[start]!] === bit) start++;
    let inside = covering;
    if (start > from) {
      // of equal entries the first stands first
      inside = (this.#marks[this.#sorted[from]!]! & NEGATED) === 0 ? ALL : EMPTY;
    }
    if (start === to) return inside;

    const middle = this.#firstOne(start, to, bit);
    const lower = this.#below(start, middle, bit + 1, inside);
    const upper = this.#below(middle, to, bit + 1, inside);
    return this.#bdd.nodes.make(levelOf(this.#place, bit), lower, upper);
  }

  /** The first of the sorted entries `from … to - 1` whose bit is 1, else `to`. */
  #firstOne(from: number, to: number, bit: number): number {
    const word = bit >>> 5;
    const mask = 1 << (31 - (bit & 31));
    let first = from;
    let end = to;
    while (first < end) {
      const middle = (first + end) >>> 1;
      if ((this.#words[this.#sorted[middle]! * WORDS + word]! & mask) === 0) first = middle + 1;
      else end = middle;
    }
    return first;
  }

  #compare(a: number, b: number): number {
    for (let word = 0; word < WORDS; word++) {
      const difference = this.#words[a * WORDS + word]! - this.#words[b * WORDS + word]!;
      if (difference !== 0) return difference;
    }
    return this.#lengths[a]! - this.#lengths[b]! || a - b;
  }
}
