import { addressBits, type Family } from "../../../model/packet.ts";
import type { PackedEntries } from "../../../model/pf-rule.ts";
import type { Bounds } from "../../kernel/live-rule.ts";
import { widthOf } from "./entries.ts";

const INET6 = 1;
const NEGATED = 2;
const TOP = 0xffff_ffff;
/** Borders below which a search among all of them is as fast. */
const FEW = 16;
const MOST_BITS = 16;

/**
 * Addresses of one family: the borders at which an address is inside and the one before is not, or
 * the other way round. An address lies inside if the borders up to it are odd in number.
 */
export class AddressRanges {
  readonly #width: 1 | 4;
  /** Ascending, `#width` words each, high first. */
  readonly #borders: Uint32Array;
  readonly #count: number;
  /** Borders below all addresses with given upper bits; undefined: there are few, or it is inet6. */
  readonly #below: Uint32Array | undefined;
  readonly #shift: number;

  private constructor(family: Family, borders: Uint32Array) {
    this.#width = widthOf(family);
    this.#borders = borders;
    this.#count = borders.length / this.#width;
    // about one border for each value of the upper bits
    this.#shift = 32 - Math.min(MOST_BITS, 31 - Math.clz32(this.#count | 1));
    const hasMany = this.#width === 1 && this.#count > FEW;
    this.#below = hasMany ? countsBelow(borders, this.#shift) : undefined;
  }

  /** Addresses whose most specific entry is plain. */
  static ofEntries(family: Family, entries: PackedEntries): AddressRanges {
    return new AddressRanges(family, bordersOf(family, entries));
  }

  /** Addresses from the first to the last, whether they are negated or not. */
  static ofBounds(of: Family, { family, first, last }: Bounds): AddressRanges {
    const width = widthOf(of);
    if (family === undefined) return new AddressRanges(of, new Uint32Array(width));
    if (family !== of) return new AddressRanges(of, new Uint32Array(0));
    const top = (1n << BigInt(addressBits(of))) - 1n;
    const values = last === top ? [first] : [first, last + 1n];
    const borders = values.flatMap((value) => wordsOf(value, width));
    return new AddressRanges(of, Uint32Array.from(borders));
  }

  get bytes(): number {
    return this.#borders.byteLength + (this.#below?.byteLength ?? 0);
  }

  /** @param words - columns of an address, high first */
  has(words: readonly Uint32Array[], row: number): boolean {
    const borders = this.#borders;
    if (this.#width === 4) return (this.#upTo(words, row) & 1) === 1;
    const address = words[0]![row]!;
    let [low, high] = [0, this.#count];
    if (this.#below !== undefined) {
      const upper = address >>> this.#shift;
      low = this.#below[upper]!;
      high = this.#below[upper + 1]!;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (borders[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    return (low & 1) === 1;
  }

  #upTo(words: readonly Uint32Array[], row: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isUpTo(middle * 4, words, row)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isUpTo(offset: number, words: readonly Uint32Array[], row: number): boolean {
    for (let word = 0; word < 4; word++) {
      const [border, own] = [this.#borders[offset + word]!, words[word]![row]!];
      if (border !== own) return border < own;
    }
    return true;
  }
}

function wordsOf(value: bigint, width: number): readonly number[] {
  return Array.from({ length: width }, (_, at) =>
    Number((value >> BigInt(32 * (width - 1 - at))) & WORD),
  );
}

const WORD = 0xffff_ffffn;

/** By upper bits, how many borders are below the first address that has them. */
function countsBelow(borders: Uint32Array, shift: number): Uint32Array {
  const values = 2 ** (32 - shift);
  const below = new Uint32Array(values + 1);
  for (const border of borders) {
    const next = (border >>> shift) + 1;
    below[next] = below[next]! + 1;
  }
  for (let upper = 1; upper <= values; upper++) below[upper] = below[upper]! + below[upper - 1]!;
  return below;
}

function bordersOf(family: Family, entries: PackedEntries): Uint32Array {
  const wanted = family === "inet6" ? INET6 : 0;
  const writer = new BorderWriter(widthOf(family));
  const { count, marks, lengths, offsets, words } = entries;
  const isOf = (at: number): boolean => (marks[at]! & INET6) === wanted;
  let at = 0;
  while (at < count && !isOf(at)) at++;
  for (let end = at; at < count && isOf(at); at = end) {
    while (end < count && isOf(end) && writer.isSame(words, offsets[at]!, offsets[end]!)) end++;
    // of one address the longest comes first: what lies around the others has to begin before them
    for (let it = end - 1; it >= at; it--) {
      writer.entry(words, offsets[it]!, lengths[it]!, (marks[it]! & NEGATED) === 0);
    }
  }
  return writer.end();
}

/** Makes borders of entries, given by ascending address and those around others before them. */
class BorderWriter {
  readonly #width: number;
  #borders: Uint32Array = new Uint32Array(64);
  #end = 0;
  #isInside = false;
  /** Last addresses of the entries around the last one, outermost first, and their signs. */
  readonly #lasts: Uint32Array;
  readonly #signs: boolean[] = [];
  readonly #address: Uint32Array;

  constructor(width: number) {
    this.#width = width;
    this.#lasts = new Uint32Array((width * 32 + 2) * width);
    this.#address = new Uint32Array(width);
  }

  isSame(words: Uint32Array, one: number, other: number): boolean {
    return compared(words, one, words, other, this.#width) === 0;
  }

  entry(words: Uint32Array, offset: number, length: number, isPlain: boolean): void {
    const width = this.#width;
    while (this.#signs.length > 0) {
      const top = (this.#signs.length - 1) * width;
      if (compared(this.#lasts, top, words, offset, width) >= 0) break;
      this.#leave();
    }
    for (let word = 0; word < width; word++) this.#address[word] = words[offset + word]!;
    this.#toggle(isPlain);
    const top = this.#signs.length * width;
    for (let word = 0; word < width; word++) {
      const bits = Math.min(32, Math.max(0, length - word * 32));
      const hosts = bits === 32 ? 0 : bits === 0 ? TOP : TOP >>> bits;
      this.#lasts[top + word] = words[offset + word]! | hosts;
    }
    this.#signs.push(isPlain);
  }

  end(): Uint32Array {
    while (this.#signs.length > 0) this.#leave();
    return this.#borders.slice(0, this.#end);
  }

  /** Goes behind the end of the innermost entry. */
  #leave(): void {
    const width = this.#width;
    const top = (this.#signs.length - 1) * width;
    this.#signs.pop();
    let carry = 1;
    for (let word = width - 1; word >= 0; word--) {
      const sum = this.#lasts[top + word]! + carry;
      this.#address[word] = sum;
      carry = sum > TOP ? 1 : 0;
    }
    if (carry === 0) this.#toggle(this.#signs.at(-1) ?? false);
  }

  /** From the address on, what is inside. */
  #toggle(isInside: boolean): void {
    if (isInside === this.#isInside) return;
    this.#isInside = isInside;
    const width = this.#width;
    const last = this.#end - width;
    if (last >= 0 && compared(this.#borders, last, this.#address, 0, width) === 0) {
      this.#end = last;
      return;
    }
    if (this.#end + width > this.#borders.length) {
      const larger = new Uint32Array(this.#borders.length * 2);
      larger.set(this.#borders);
      this.#borders = larger;
    }
    this.#borders.set(this.#address, this.#end);
    this.#end += width;
  }
}

function compared(
  one: Uint32Array,
  at: number,
  other: Uint32Array,
  otherAt: number,
  width: number,
): number {
  for (let word = 0; word < width; word++) {
    const difference = one[at + word]! - other[otherAt + word]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
