import type { Prefix } from "../../model/address.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { PackedEntries } from "../../model/pf-rule.ts";
import { addressOf, PrefixTable } from "./prefix-table.ts";

const INET6 = 1;
const NEGATED = 2;
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

  /** Grows when an entry comes or goes. */
  get version(): number {
    return this.#inet.changes + this.#inet6.changes;
  }

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

  /** All entries without their weights, inet first, each family in the order of {@link plain}. */
  packed(): PackedEntries {
    const { count } = this;
    const { size } = this.#inet;
    const offsets = new Uint32Array(count);
    const words = new Uint32Array(size + this.#inet6.size * 4);
    const made = {
      count,
      offsets,
      words,
      lengths: new Uint8Array(count),
      marks: new Uint8Array(count),
    };
    this.#inet.pack(made, 0, 0, 0);
    this.#inet6.pack(made, size, size, INET6);
    return made;
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
