import type { Prefix } from "../../model/address.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { PackedEntries } from "../../model/pf-rule.ts";

const INET6 = 1;
const NEGATED = 2;
const DELETED = 255;
const WORD = 0xffffffffn;

/**
 * Networks and addresses with a sign: what a pf table holds. One of each value and length.
 *
 * A million entries are ordinary: they lie in typed arrays, and a search costs one probe for each
 * prefix length that occurs.
 */
export class EntrySet {
  readonly #inet: PrefixTable = new PrefixTable("inet");
  readonly #inet6: PrefixTable = new PrefixTable("inet6");
  /** States that `least-states` pools have given to single addresses, by family. */
  readonly #states: Readonly<Record<Family, Map<bigint, number>>> = {
    inet: new Map(),
    inet6: new Map(),
  };

  /** Of entries that have one. */
  readonly #weights: Map<string, number> = new Map();
  #weighting: Weighting | undefined;

  /** Undefined: no entry has a weight. */
  get weighting(): Weighting | undefined {
    return this.#weighting;
  }

  /** 1 if it has none of its own. */
  weightOf(entry: Prefix): number {
    return this.#weights.get(weightKey(entry)) ?? 1;
  }

  /** Entries of both families, negated ones included. */
  get count(): number {
    return this.#inet.size + this.#inet6.size;
  }

  /** False: it is there already, plain or negated, and stays what it is. */
  add({ family, value, length }: Prefix, negated: boolean): boolean {
    const added = this.#of(family).add(wordsOf(family, value), 0, length, negated);
    if (added) this.#weigh(0);
    return added;
  }

  /** Adds many; of two entries with the same address and length the first counts. */
  addPacked({ count, offsets, words, lengths, marks, weights }: PackedEntries): void {
    for (let at = 0; at < count; at++) {
      const mark = marks[at] ?? 0;
      const table = (mark & INET6) === 0 ? this.#inet : this.#inet6;
      const offset = offsets[at] ?? 0;
      const length = lengths[at] ?? 0;
      if (!table.add(words, offset, length, (mark & NEGATED) !== 0)) continue;
      const weight = weights?.[at] ?? 0;
      if (weight > 0) {
        const isInet = table === this.#inet;
        const value = addressOf(words, offset, isInet ? 1 : 4);
        this.#weights.set(weightKey({ family: isInet ? "inet" : "inet6", value, length }), weight);
      }
      this.#weigh(weight);
    }
  }

  /** Removes an entry of this sign; false: there is none. */
  remove({ family, value, length }: Prefix, negated: boolean): boolean {
    const removed = this.#of(family).remove(wordsOf(family, value), length, negated);
    if (!removed) return false;
    if (length === addressBits(family)) this.#states[family].delete(value);
    this.#weights.delete(weightKey({ family, value, length }));
    this.#weighAll();
    return true;
  }

  /** Whether the most specific entry that covers the address is plain. */
  contains(family: Family, address: bigint): boolean {
    const found = this.#of(family).longest(wordsOf(family, address));
    return found >= 0 && (found & 1) === 0;
  }

  /** Length of the most specific entry that covers the address, plain or negated; -1: none. */
  coveringLength(family: Family, address: bigint): number {
    return this.#of(family).longest(wordsOf(family, address)) >> 1;
  }

  /** The entries that are not negated by ascending address, of one address the longest first. */
  plain(family: Family): readonly Prefix[] {
    return this.#of(family).plain();
  }

  statesOf(family: Family, address: bigint): number {
    return this.#states[family].get(address) ?? 0;
  }

  /** Counts a state more or less; false: the address is no entry, or lies in a network only. */
  countState(family: Family, address: bigint, change: 1 | -1): boolean {
    if (this.coveringLength(family, address) !== addressBits(family)) return false;
    const now = this.statesOf(family, address) + change;
    if (now >= 0) this.#states[family].set(address, now);
    return true;
  }

  /**
   * Takes over from the entries that `before` had too: their weights, whatever was written now, and
   * their counts of states, unless their sign has changed.
   */
  keepFrom(before: EntrySet): void {
    for (const key of this.#weights.keys()) {
      if (before.#has(key) && !before.#weights.has(key)) this.#weights.delete(key);
    }
    for (const [key, weight] of before.#weights) if (this.#has(key)) this.#weights.set(key, weight);
    this.#weighAll();
    for (const family of ["inet", "inet6"] as const) {
      for (const [address, states] of before.#states[family]) {
        if (this.coveringLength(family, address) !== addressBits(family)) continue;
        if (this.contains(family, address) !== before.contains(family, address)) continue;
        this.#states[family].set(address, states);
      }
    }
  }

  /**
   * Reckons with one more entry; those before the first with a weight do not count (follows
   * pfr_ktable_winfo_update, OpenBSD 7.8).
   *
   * @param weight - 0: it has none
   */
  #weigh(weight: number): void {
    if (this.#weighting === undefined && weight === 0) return;
    const { divisor, highest } = this.#weighting ?? { divisor: 0, highest: 1 };
    const counted = weight || 1;
    this.#weighting = { divisor: gcd(divisor, counted), highest: Math.max(highest, counted) };
  }

  /** Reckons again, with all entries: after any was removed or the table loaded again. */
  #weighAll(): void {
    this.#weighting = undefined;
    if (this.#weights.size === 0) return;
    for (const weight of this.#weights.values()) this.#weigh(weight);
    if (this.#weights.size < this.count) this.#weigh(0);
  }

  /** @param key - of {@link weightKey} */
  #has(key: string): boolean {
    const [family, value = "", length] = key.split(" ");
    const of = family === "inet" ? "inet" : "inet6";
    return this.#of(of).has(wordsOf(of, BigInt(value)), Number(length));
  }

  #of(family: Family): PrefixTable {
    return family === "inet" ? this.#inet : this.#inet6;
  }
}

/** What turns of a pool reckon with. */
export interface Weighting {
  /** Greatest common divisor of the weights. */
  readonly divisor: number;
  readonly highest: number;
}

function weightKey({ family, value, length }: Prefix): string {
  return `${family} ${value} ${length}`;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function addressOf(words: Uint32Array, offset: number, width: number): bigint {
  let value = 0n;
  for (let it = 0; it < width; it++) value = (value << 32n) | BigInt(words[offset + it] ?? 0);
  return value;
}

/** An open hash table of prefixes of one family; slots are marked by their length. */
class PrefixTable {
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

  #listed(): readonly Prefix[] {
    const found: Prefix[] = [];
    for (const [slot, mark] of this.#marks.entries()) {
      if (mark === 0 || mark === DELETED || this.#negated[slot] === 1) continue;
      const value = addressOf(this.#keys, slot * this.#width, this.#width);
      found.push({ family: this.#family, value, length: mark - 1 });
    }
    return found.sort((a, b) =>
      a.value === b.value ? b.length - a.length : a.value < b.value ? -1 : 1,
    );
  }

  #counted(length: number, change: number): void {
    this.#plain = undefined;
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

const SCRATCH: Readonly<Record<Family, Uint32Array>> = {
  inet: new Uint32Array(1),
  inet6: new Uint32Array(4),
};

/** Words of an address, high first; they are overwritten by the next call. */
function wordsOf(family: Family, value: bigint): Uint32Array {
  const words = SCRATCH[family];
  if (family === "inet") {
    words[0] = Number(value);
    return words;
  }
  for (let it = 3, rest = value; it >= 0; it--, rest >>= 32n) words[it] = Number(rest & WORD);
  return words;
}
