import type { AddressRange, Prefix } from "../../model/address.ts";
import type { PackedEntries, PfTable } from "../../model/pf-rule.ts";

/** Entries of a table as the file has them, negated ones included; tables can hold a million. */
export interface FirstEntries {
  readonly prefixes: readonly (Prefix & { readonly negated: boolean })[];
  readonly ranges: readonly AddressRange[];
}

/** The first entries of each list of a table, so many at most. */
export function firstEntries({ contents }: PfTable, most: number): FirstEntries {
  const prefixes: FirstEntries["prefixes"][number][] = [];
  const ranges: AddressRange[] = [];
  for (const content of contents) {
    if (content.kind !== "addresses") {
      const count = Math.min(content.entries.count, most);
      for (let at = 0; at < count; at++) prefixes.push(entryAt(content.entries, at));
      continue;
    }
    for (const address of content.addresses.slice(0, most)) {
      if (address.kind === "prefix") prefixes.push({ ...address.prefix, negated: false });
      if (address.kind === "range") ranges.push(address.range);
    }
  }
  return { prefixes, ranges };
}

function entryAt(
  { offsets, words, lengths, marks }: PackedEntries,
  at: number,
): Prefix & { readonly negated: boolean } {
  const mark = marks[at] ?? 0;
  const offset = offsets[at] ?? 0;
  const isInet = (mark & 1) === 0;
  let value = 0n;
  for (const word of words.subarray(offset, offset + (isInet ? 1 : 4))) {
    value = (value << 32n) | BigInt(word);
  }
  const family = isInet ? "inet" : "inet6";
  return { family, value, length: lengths[at] ?? 0, negated: (mark & 2) !== 0 };
}
