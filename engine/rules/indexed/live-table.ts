import type { Prefix } from "../../../model/address.ts";
import type { Family } from "../../../model/packet.ts";
import type { EntrySet } from "../../kernel/entry-set.ts";
import { PrefixTable } from "../../kernel/prefix-table.ts";
import type { Table } from "../../kernel/tables.ts";
import { AddressRanges } from "./address-ranges.ts";
import { widthOf } from "./entries.ts";

/** Searches of the table itself that a new reading of a small one costs. */
const LEAST_READING = 256;

/**
 * What a table holds, as ranges that were read from it once. Where it has changed since, the table
 * itself is asked: the answer is always that of this moment, and a change costs next to nothing.
 */
export class LiveTable {
  readonly #find: () => Table | undefined;
  #entries: EntrySet | undefined;
  /** Of the entries as they are known to be: all changes up to it lie in {@link #changed}. */
  #version = -1;
  #ranges: Partial<Record<Family, AddressRanges>> = {};
  /** Networks in which an entry has come or gone since the ranges were read. */
  #changed: Record<Family, PrefixTable> = changes();
  /** Searches of the table itself since then. */
  #searches = 0;
  readonly #key: Uint32Array = new Uint32Array(4);

  constructor(find: () => Table | undefined) {
    this.#find = find;
  }

  get bytes(): number {
    return (this.#ranges.inet?.bytes ?? 0) + (this.#ranges.inet6?.bytes ?? 0);
  }

  /** An entry of these, if they are its own, has come or gone, this one and no other. */
  changed(entries: EntrySet, prefix: Prefix): void {
    if (entries !== this.#entries) return;
    this.#version++;
    const words = wordsOf(prefix, this.#key);
    this.#changed[prefix.family].add(words, 0, prefix.length, false);
  }

  /** To be called when the table may have changed, before it is asked. */
  refresh(): void {
    const entries = this.#find()?.entries;
    if (entries !== this.#entries) {
      this.#entries = entries;
      this.#forget();
    } else if (this.#searches > Math.max(LEAST_READING, entries?.count ?? 0)) this.#forget();
    else if (entries !== undefined && entries.version !== this.#version) {
      this.#version = entries.version;
      for (const family of ["inet", "inet6"] as const) {
        this.#changed[family].add(this.#key, 0, 0, false);
      }
    }
  }

  #forget(): void {
    this.#version = this.#entries?.version ?? -1;
    this.#ranges = {};
    this.#changed = changes();
    this.#searches = 0;
  }

  /** @param words - columns of an address, high first */
  has(family: Family, words: readonly Uint32Array[], row: number): boolean {
    if (this.#entries === undefined) return false;
    const changed = this.#changed[family];
    if (changed.size > 0 && this.#isChanged(changed, words, row)) {
      this.#searches++;
      return this.#entries.contains(family, addressOf(words, row));
    }
    let ranges = this.#ranges[family];
    if (ranges === undefined) {
      ranges = AddressRanges.ofEntries(family, this.#entries.packed());
      this.#ranges[family] = ranges;
    }
    return ranges.has(words, row);
  }

  #isChanged(changed: PrefixTable, words: readonly Uint32Array[], row: number): boolean {
    for (let word = 0; word < words.length; word++) this.#key[word] = words[word]![row]!;
    return changed.longest(this.#key) >= 0;
  }
}

function changes(): Record<Family, PrefixTable> {
  return { inet: new PrefixTable("inet"), inet6: new PrefixTable("inet6") };
}

function addressOf(words: readonly Uint32Array[], row: number): bigint {
  return words.reduce((all, word) => (all << 32n) | BigInt(word[row]!), 0n);
}

function wordsOf({ family, value }: Prefix, into: Uint32Array): Uint32Array {
  let rest = value;
  for (let word = widthOf(family) - 1; word >= 0; word--, rest >>= 32n) {
    into[word] = Number(rest & WORD);
  }
  return into;
}

const WORD = 0xffff_ffffn;
