import type { Prefix } from "../../model/address.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { PackedEntries } from "../../model/pf-rule.ts";

const NEGATED = 2;
const DELETED = 255;

/** An open hash table of prefixes of one family; slots are marked by their length. */
export class PrefixTable {
  readonly #family: Family;
  readonly #width: number;
  /** Words of slot `i` from `i * width` on, high first. */
  #keys: Uint32Array;
  /** Length + 1; 0: free; DELETED: was taken. */
  #marks: Uint8Array = new Uint8Array(16);
  #negated: Uint8Array = new Uint8Array(16);
  /** Slots that are not free. */
  #used = 0;
  size = 0;
  changes = 0;
  readonly #perLength: Uint32Array;
  /** Lengths that occur, longest first. */
  #lengths: readonly number[] = [];
  readonly #key: Uint32Array;
  #plain: readonly Prefix[] | undefined;

  constructor(family: Family) {
    this.#family = family;
    this.#width = addressBits(family) / 32;
    this.#keys = new Uint32Array(16 * this.#width);
    this.#perLength = new Uint32Array(addressBits(family) + 1);
    this.#key = new Uint32Array(this.#width);
  }

  add(words: Uint32Array, offset: number, length: number, negated: boolean): boolean {
    this.#mask(words, offset, length);
    if (this.#slot(length) >= 0) return false;
    if ((this.#used + 1) * 3 > this.#marks.length * 2) this.#rebuild();
    this.#insert(length, negated ? 1 : 0);
    this.size++;
    this.#counted(length, 1);
    return true;
  }

  remove(words: Uint32Array, length: number, negated: boolean): boolean {
    this.#mask(words, 0, length);
    const slot = this.#slot(length);
    if (slot < 0 || (this.#negated[slot] === 1) !== negated) return false;
    this.#marks[slot] = DELETED;
    this.size--;
    this.#counted(length, -1);
    return true;
  }

  has(words: Uint32Array, length: number): boolean {
    this.#mask(words, 0, length);
    return this.#slot(length) >= 0;
  }

  /** Twice the length of the longest prefix that covers the address, odd if negated; -1: none. */
  longest(words: Uint32Array): number {
    for (const length of this.#lengths) {
      this.#mask(words, 0, length);
      const slot = this.#slot(length);
      if (slot >= 0) return length * 2 + (this.#negated[slot] ?? 0);
    }
    return -1;
  }

  plain(): readonly Prefix[] {
    this.#plain ??= this.#listed();
    return this.#plain;
  }

  /** Writes its entries, sorted, from entry `first` and word `word` on. */
  pack(into: PackedEntries, first: number, word: number, family: number): void {
    const width = this.#width;
    let [at, offset] = [first, word];
    for (const slot of this.#sorted()) {
      into.offsets[at] = offset;
      for (let it = 0; it < width; it++) into.words[offset++] = this.#keys[slot * width + it] ?? 0;
      into.lengths[at] = (this.#marks[slot] ?? 0) - 1;
      into.marks[at] = family | (this.#negated[slot] === 1 ? NEGATED : 0);
      at++;
    }
  }

  /** Taken slots by ascending address, of one address the longest first. */
  #sorted(): Uint32Array {
    const keys = this.#keys;
    const marks = this.#marks;
    const width = this.#width;
    const slots = new Uint32Array(this.size);
    let count = 0;
    for (let slot = 0; slot < marks.length; slot++) {
      if (marks[slot] !== 0 && marks[slot] !== DELETED) slots[count++] = slot;
    }
    return slots.sort((a, b) => {
      for (let it = 0; it < width; it++) {
        const difference = (keys[a * width + it] ?? 0) - (keys[b * width + it] ?? 0);
        if (difference !== 0) return difference;
      }
      return (marks[b] ?? 0) - (marks[a] ?? 0);
    });
  }

  #listed(): readonly Prefix[] {
    const found: Prefix[] = [];
    for (const slot of this.#sorted()) {
      if (this.#negated[slot] === 1) continue;
      const value = addressOf(this.#keys, slot * this.#width, this.#width);
      found.push({ family: this.#family, value, length: (this.#marks[slot] ?? 0) - 1 });
    }
    return found;
  }

  #counted(length: number, change: number): void {
    this.#plain = undefined;
    this.changes++;
    const before = this.#perLength[length] ?? 0;
    this.#perLength[length] = before + change;
    if (before !== 0 && before + change !== 0) return;
    this.#lengths = [...this.#perLength.keys()].filter((it) => this.#perLength[it] !== 0).reverse();
  }

  /** Puts the first `length` bits of an address into the key. */
  #mask(words: Uint32Array, offset: number, length: number): void {
    for (let it = 0; it < this.#width; it++) {
      const bits = length - it * 32;
      const word = words[offset + it] ?? 0;
      this.#key[it] = bits >= 32 ? word : bits <= 0 ? 0 : word & (0xffffffff << (32 - bits));
    }
  }

  /** Where the key stands with this length; -1: nowhere. */
  #slot(length: number): number {
    const last = this.#marks.length - 1;
    for (let slot = this.#hash(length) & last; ; slot = (slot + 1) & last) {
      const mark = this.#marks[slot] ?? 0;
      if (mark === 0) return -1;
      if (mark === length + 1 && this.#isKey(slot)) return slot;
    }
  }

  #isKey(slot: number): boolean {
    for (let it = 0; it < this.#width; it++) {
      if (this.#keys[slot * this.#width + it] !== this.#key[it]) return false;
    }
    return true;
  }

  #insert(length: number, negated: number): void {
    const last = this.#marks.length - 1;
    let slot = this.#hash(length) & last;
    while (this.#marks[slot] !== 0) slot = (slot + 1) & last;
    this.#marks[slot] = length + 1;
    this.#negated[slot] = negated;
    this.#keys.set(this.#key, slot * this.#width);
    this.#used++;
  }

  /** Moves the entries to arrays with room for twice as many. */
  #rebuild(): void {
    const keys = this.#keys;
    const marks = this.#marks;
    const negated = this.#negated;
    const wanted = this.#key.slice();
    let slots = 16;
    while (slots < this.size * 4) slots *= 2;
    this.#keys = new Uint32Array(slots * this.#width);
    this.#marks = new Uint8Array(slots);
    this.#negated = new Uint8Array(slots);
    this.#used = 0;
    for (const [slot, mark] of marks.entries()) {
      if (mark === 0 || mark === DELETED) continue;
      this.#key.set(keys.subarray(slot * this.#width, (slot + 1) * this.#width));
      this.#insert(mark - 1, negated[slot] ?? 0);
    }
    this.#key.set(wanted);
  }

  /** Mixes all bits (the finalizer of MurmurHash3 on each word). */
  #hash(length: number): number {
    let hash = length;
    for (let it = 0; it < this.#width; it++) {
      hash ^= this.#key[it] ?? 0;
      hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
      hash ^= hash >>> 16;
    }
    return hash;
  }
}

export function addressOf(words: Uint32Array, offset: number, width: number): bigint {
  let value = 0n;
  for (let it = 0; it < width; it++) value = (value << 32n) | BigInt(words[offset + it] ?? 0);
  return value;
}
