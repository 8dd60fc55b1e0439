import type { Prefix } from "../../model/address.ts";
import { addressBits, type Family } from "../../model/packet.ts";

/** Values by prefix; several values may stand under one prefix, in the order they were given. */
export type PrefixMap<Value> = Readonly<Record<Family, readonly Layer<Value>[]>>;

/** All prefixes of one length; layers are ordered from the longest to the shortest. */
interface Layer<Value> {
  /** Bits to shift an address right by to get the network. */
  readonly shift: bigint;
  readonly values: ReadonlyMap<bigint, readonly Value[]>;
}

export function prefixMapOf<Value>(
  entries: readonly { readonly prefix: Prefix; readonly value: Value }[],
): PrefixMap<Value> {
  return { inet: layersOf(entries, "inet"), inet6: layersOf(entries, "inet6") };
}

/** The values under the longest prefix that covers the address; empty if none does. */
export function longestMatch<Value>(
  map: PrefixMap<Value>,
  family: Family,
  address: bigint,
): readonly Value[] {
  for (const { shift, values } of map[family]) {
    const found = values.get(address >> shift);
    if (found !== undefined) return found;
  }
  return [];
}

function layersOf<Value>(
  entries: readonly { readonly prefix: Prefix; readonly value: Value }[],
  family: Family,
): readonly Layer<Value>[] {
  const byLength = new Map<number, Map<bigint, Value[]>>();
  for (const { prefix, value } of entries) {
    if (prefix.family !== family) continue;
    const values = byLength.get(prefix.length) ?? new Map<bigint, Value[]>();
    byLength.set(prefix.length, values);
    const network = prefix.value >> BigInt(addressBits(family) - prefix.length);
    const before = values.get(network);
    if (before === undefined) values.set(network, [value]);
    else before.push(value);
  }
  return [...byLength]
    .toSorted(([a], [b]) => b - a)
    .map(([length, values]) => ({ shift: BigInt(addressBits(family) - length), values }));
}
