import fc from "fast-check";
import type { FieldValues } from "../../../engine/sets/packet-sets.ts";
import type { PackedEntries } from "../../../model/pf-rule.ts";
import { UNUSED_BITS } from "./set-expressions.ts";

/** A table entry; of an inet address the first 32 of the 128 bits count. */
export interface Entry {
  readonly inet6: boolean;
  readonly address: bigint;
  readonly length: number;
  readonly negated: boolean;
}

const ADDRESSES = [
  0n,
  0x0a000000n << 96n,
  0x0a0000ffn << 96n,
  0x0a000203n << 96n,
  0x80000000n << 96n,
  0x20010db8n << 96n,
  (0x20010db8n << 96n) + 0x203n,
  (1n << 128n) - 1n,
] as const;
const INET_LENGTHS = [0, 1, 8, 23, 24, 25, 31, 32] as const;
const INET6_LENGTHS = [0, 1, 31, 32, 33, 64, 119, 127, 128] as const;

/** Entries that lie within each other, some twice with either sign; host bits may be set. */
export function tableEntries(): fc.Arbitrary<readonly Entry[]> {
  const entry = fc.boolean().chain((inet6) =>
    fc.record({
      inet6: fc.constant(inet6),
      address: fc.constantFrom(...ADDRESSES),
      length: fc.constantFrom(...(inet6 ? INET6_LENGTHS : INET_LENGTHS)),
      negated: fc.boolean(),
    }),
  );
  return fc.array(entry, { maxLength: 12 });
}

/** Entries in the form of the model. */
export function packed(entries: readonly Entry[]): PackedEntries {
  const words = entries.map(({ inet6, address }) => {
    const all = [address >> UNUSED_BITS, address >> 64n, address >> 32n, address];
    return all.slice(0, inet6 ? 4 : 1).map((word) => Number(BigInt.asUintN(32, word)));
  });
  const offsets: number[] = [];
  let offset = 0;
  for (const { length } of words) {
    offsets.push(offset);
    offset += length;
  }
  return {
    count: entries.length,
    offsets: Uint32Array.from(offsets),
    words: Uint32Array.from(words.flat()),
    lengths: Uint8Array.from(entries, ({ length }) => length),
    marks: Uint8Array.from(entries, ({ inet6, negated }) => (inet6 ? 1 : 0) | (negated ? 2 : 0)),
  };
}

/** Whether the most specific entry that covers the address is plain; of equal ones the first. */
export function isInTable(
  entries: readonly Entry[],
  packet: FieldValues,
  field: "source" | "destination",
): boolean {
  let deciding: Entry | undefined;
  for (const entry of entries) {
    if (entry.inet6 !== (packet.family === 1n)) continue;
    if (prefixOf(entry, packet[field]) !== prefixOf(entry, entry.address)) continue;
    if (deciding === undefined || entry.length > deciding.length) deciding = entry;
  }
  return deciding !== undefined && !deciding.negated;
}

/** The addresses at both ends of an entry, and one past them. */
export function endsOf({ inet6, address, length }: Entry): readonly bigint[] {
  const width = inet6 ? 128n : 32n;
  const shift = 128n - width;
  const hosts = (1n << (width - BigInt(length))) - 1n;
  const first = (address >> shift) & ~hosts;
  const ends = [first - 1n, first, first | hosts, (first | hosts) + 1n];
  return ends.map((end) => BigInt.asUintN(Number(width), end) << shift);
}

function prefixOf({ length }: Entry, address: bigint): bigint {
  return address >> BigInt(128 - length);
}
