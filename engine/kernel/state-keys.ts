import type { Family } from "../../model/packet.ts";
import type { StateKey } from "./state.ts";

const FIRST_CAPACITY = 16;

// a key in words: four an address, lowest first, then ports, then family, protocol and rdomain
const WORDS = 10;
const PORTS = 8;
const KIND = 9;
const INET6 = 1 << 16; // in the last word

/**
 * The distinct keys of a state table, hashed, 52 bytes each and 4 for the hash table.
 *
 * Each key has a list of the states that use it and counts its holders; a key without holders is
 * gone and its number is given out again. The columns double when they are full.
 */
export class StateKeys {
  #words: Uint32Array = new Uint32Array(WORDS * FIRST_CAPACITY);
  #heads: Int32Array = new Int32Array(FIRST_CAPACITY);
  #holders: Int32Array = new Int32Array(FIRST_CAPACITY);
  #next: Int32Array = new Int32Array(FIRST_CAPACITY); // key of the same bucket, or free key; -1: none
  #buckets: Int32Array = new Int32Array(FIRST_CAPACITY).fill(-1);
  #used = 0;
  #free = -1;

  /** The key at hand: its words, and the same as halves of addresses, low first. */
  readonly #halves = new BigUint64Array(WORDS / 2);
  readonly #probe = new Uint32Array(this.#halves.buffer);

  /** -1: no state has it. */
  find(key: StateKey): number {
    this.#load(key);
    let id = this.#buckets[this.#bucket()] ?? -1;
    while (id >= 0 && !this.#isProbe(id)) id = this.#next[id] ?? -1;
    return id;
  }

  /** The number of `key`, for one more holder. */
  hold(key: StateKey): number {
    let id = this.find(key);
    if (id === -1) id = this.#add(key);
    this.#holders[id] = (this.#holders[id] ?? 0) + 1;
    return id;
  }

  release(id: number): void {
    const holders = (this.#holders[id] ?? 0) - 1;
    this.#holders[id] = holders;
    if (holders === 0) this.#remove(id);
  }

  /** First entry of the list of its states; -1: the list is empty. */
  head(id: number): number {
    return this.#heads[id] ?? -1;
  }

  setHead(id: number, entry: number): void {
    this.#heads[id] = entry;
  }

  familyOf(id: number): Family {
    return (this.#kindOf(id) & INET6) === 0 ? "inet" : "inet6";
  }

  protocolOf(id: number): number {
    return (this.#kindOf(id) >> 8) & 0xff;
  }

  /** A copy that outlives the key. */
  read(id: number): StateKey {
    this.#loadKept(id);
    const [low0 = 0n, high0 = 0n, low1 = 0n, high1 = 0n] = this.#halves;
    const ports = this.#probe[PORTS] ?? 0;
    return {
      family: this.familyOf(id),
      protocol: this.protocolOf(id),
      rdomain: this.#kindOf(id) & 0xff,
      address0: (high0 << 64n) | low0,
      address1: (high1 << 64n) | low1,
      port0: ports >>> 16,
      port1: ports & 0xffff,
    };
  }

  #kindOf(id: number): number {
    return this.#words[id * WORDS + KIND] ?? 0;
  }

  #load(key: StateKey): void {
    const { family, address0, address1 } = key;
    const halves = this.#halves;
    const wide = family === "inet6";
    halves[0] = address0;
    halves[1] = wide ? address0 >> 64n : 0n;
    halves[2] = address1;
    halves[3] = wide ? address1 >> 64n : 0n;
    this.#probe[PORTS] = (key.port0 << 16) | key.port1;
    this.#probe[KIND] = (wide ? INET6 : 0) | (key.protocol << 8) | key.rdomain;
  }

  #loadKept(id: number): void {
    this.#probe.set(this.#words.subarray(id * WORDS, (id + 1) * WORDS));
  }

  /** Of the key at hand. */
  #bucket(): number {
    const probe = this.#probe;
    let hash = 0;
    for (let index = 0; index < WORDS; index++) {
      hash = Math.imul(hash ^ (probe[index] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash & (this.#buckets.length - 1);
  }

  #isProbe(id: number): boolean {
    const probe = this.#probe;
    const words = this.#words;
    const first = id * WORDS;
    for (let index = WORDS - 1; index >= 0; index--) {
      if (words[first + index] !== probe[index]) return false;
    }
    return true;
  }

  #add(key: StateKey): number {
    if (this.#free === -1 && this.#used === this.#heads.length) this.#grow();
    let id = this.#free;
    if (id === -1) id = this.#used++;
    else this.#free = this.#next[id] ?? -1;
    this.#load(key);
    this.#words.set(this.#probe, id * WORDS);
    this.#heads[id] = -1;
    this.#holders[id] = 0;
    this.#chain(id);
    return id;
  }

  /** Puts the key at hand into its bucket. */
  #chain(id: number): void {
    const bucket = this.#bucket();
    this.#next[id] = this.#buckets[bucket] ?? -1;
    this.#buckets[bucket] = id;
  }

  #remove(id: number): void {
    this.#loadKept(id);
    const bucket = this.#bucket();
    const next = this.#next[id] ?? -1;
    let before = this.#buckets[bucket] ?? -1;
    if (before === id) this.#buckets[bucket] = next;
    else {
      while (this.#next[before] !== id) before = this.#next[before] ?? -1;
      this.#next[before] = next;
    }
    this.#next[id] = this.#free;
    this.#free = id;
  }

  /** Only when no key is free. */
  #grow(): void {
    const capacity = this.#heads.length * 2;
    this.#words = longer(this.#words, new Uint32Array(WORDS * capacity));
    this.#heads = longer(this.#heads, new Int32Array(capacity));
    this.#holders = longer(this.#holders, new Int32Array(capacity));
    this.#next = new Int32Array(capacity);
    this.#buckets = new Int32Array(capacity).fill(-1);
    for (let id = 0; id < this.#used; id++) {
      this.#loadKept(id);
      this.#chain(id);
    }
  }
}

/** `to`, begun with what `from` holds. */
export function longer<
  Column extends Int32Array | Uint32Array | Uint16Array | Uint8Array | Int8Array,
>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
