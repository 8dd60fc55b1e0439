import type { PackedEntries } from "../../../model/pf-rule.ts";
import type { HostItem } from "../expansion/list-items.ts";

const INET6 = 1;
const NEGATED = 2;
const WORD = 0xffffffffn;

/** Gathers table entries into growing typed arrays. */
export class EntryPacker {
  #count = 0;
  #used = 0;
  #offsets: Uint32Array = new Uint32Array(16);
  #words: Uint32Array = new Uint32Array(16);
  #lengths: Uint8Array = new Uint8Array(16);
  #marks: Uint8Array = new Uint8Array(16);
  /** By number of the entry; few have any. */
  readonly #weights: Map<number, number> = new Map();

  get count(): number {
    return this.#count;
  }

  addInet(value: number, length: number, negated: boolean): void {
    this.#grow(1);
    this.#words[this.#used++] = value;
    this.#finish(length, negated ? NEGATED : 0, 1);
  }

  addInet6(value: bigint, length: number, negated: boolean): void {
    this.#grow(4);
    for (let shift = 96n; shift >= 0n; shift -= 32n) {
      this.#words[this.#used++] = Number((value >> shift) & WORD);
    }
    this.#finish(length, negated ? INET6 | NEGATED : INET6, 4);
  }

  /** Gives the entry that was added last a weight. */
  weigh(weight: number): void {
    if (this.#count > 0) this.#weights.set(this.#count - 1, weight);
  }

  /** Adds all entries of another table. */
  append({ count, offsets, words, lengths, marks, weights }: PackedEntries): void {
    for (let at = 0; at < count; at++) {
      const size = ((marks[at] ?? 0) & INET6) === 0 ? 1 : 4;
      const from = offsets[at] ?? 0;
      this.#grow(size);
      for (let it = 0; it < size; it++) this.#words[this.#used++] = words[from + it] ?? 0;
      this.#finish(lengths[at] ?? 0, marks[at] ?? 0, size);
      const weight = weights?.[at] ?? 0;
      if (weight > 0) this.weigh(weight);
    }
  }

  done(): PackedEntries {
    const packed = {
      count: this.#count,
      offsets: this.#offsets.slice(0, this.#count),
      words: this.#words.slice(0, this.#used),
      lengths: this.#lengths.slice(0, this.#count),
      marks: this.#marks.slice(0, this.#count),
    };
    if (this.#weights.size === 0) return packed;
    const weights = new Uint16Array(this.#count);
    for (const [at, weight] of this.#weights) weights[at] = weight;
    return { ...packed, weights };
  }

  #finish(length: number, mark: number, words: number): void {
    const at = this.#count++;
    this.#offsets[at] = this.#used - words;
    this.#lengths[at] = length;
    this.#marks[at] = mark;
  }

  #grow(words: number): void {
    if (this.#used + words > this.#words.length) {
      const grown = new Uint32Array(this.#words.length * 2);
      grown.set(this.#words);
      this.#words = grown;
    }
    if (this.#count < this.#offsets.length) return;
    const size = this.#count * 2;
    const offsets = new Uint32Array(size);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
    this.#lengths = grownBytes(this.#lengths, size);
    this.#marks = grownBytes(this.#marks, size);
  }
}

function grownBytes(from: Uint8Array, size: number): Uint8Array {
  const grown = new Uint8Array(size);
  grown.set(from);
  return grown;
}

/** The hosts of an automatic table; a range counts as the networks that fill it. */
export function packHosts(hosts: readonly HostItem[]): PackedEntries {
  const packer = new EntryPacker();
  for (const { address, negated, weight } of hosts) {
    if (address.kind !== "prefix") continue;
    addPrefix(packer, address.prefix, negated);
    if (weight > 0) packer.weigh(weight);
  }
  return packer.done();
}

export function addPrefix(
  packer: EntryPacker,
  prefix: { readonly family: "inet" | "inet6"; readonly value: bigint; readonly length: number },
  negated: boolean,
): void {
  if (prefix.family === "inet") packer.addInet(Number(prefix.value), prefix.length, negated);
  else packer.addInet6(prefix.value, prefix.length, negated);
}
